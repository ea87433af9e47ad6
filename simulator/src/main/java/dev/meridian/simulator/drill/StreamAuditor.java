package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.workload.Workload;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.audit.SettledTail;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads all stream topics of a region from their beginning, as a consumer would: sequence numbers rise along each
 * partition, so that nothing is there twice or out of order, and what clients were told is done is there.
 */
final class StreamAuditor {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int POLL_RECORDS = 1_000;
    private static final String REPLICATION = "replication";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What was found in one region.
     *
     * @param disorders records whose sequence number is not above the one before in their partition
     * @param checked acknowledged operations that were looked for
     * @param missing those of them that are in no record
     * @param written operations whose items became visible here
     * @param overwritten operations whose items were replaced or deleted here by somebody who had them before him
     * @param trouble why not all could be read; empty if it was
     */
    record Result(
            RegionId region,
            long records,
            long disorders,
            int checked,
            List<String> missing,
            Set<String> written,
            Set<String> overwritten,
            String trouble) {}

    private final String bootstrap;
    private final RegionId region;
    private final int partitions;
    private final Set<String> written = new HashSet<>();
    private final Set<String> overwritten = new HashSet<>();
    private long records;
    private long disorders;

    StreamAuditor(String bootstrap, RegionId region, int partitions) {
        this.bootstrap = bootstrap;
        this.region = region;
        this.partitions = partitions;
    }

    /** @param acknowledged write ids that must be there */
    Result audit(Collection<String> tables, Set<String> acknowledged) {
        String trouble = "";
        try (KafkaBus bus = new KafkaBus(new KafkaBus.Config("drill-audit-" + region, bootstrap, new TreeMap<>()))) {
            List<TopicPartition> wanted = new ArrayList<>();
            for (String table : tables) {
                wanted.addAll(TopicPartition.allOf(TopicNames.of(Lane.STREAM, region, table), partitions));
            }
            Map<TopicPartition, OrderedBus.Tail> tails = new TreeMap<>();
            // A table that the region has not, or never had, has no topic there.
            for (TopicPartition at :
                    bus.ends(wanted).toCompletableFuture().join().keySet()) {
                tails.put(
                        at,
                        SettledTail.of(bus, at, PATIENCE).toCompletableFuture().join());
            }
            trouble = read(bus, tails);
        } catch (CompletionException away) {
            trouble = "the region's Kafka does not answer: " + away.getCause();
        }
        List<String> missing = acknowledged.stream()
                .filter(id -> !written.contains(id))
                .sorted()
                .toList();
        return new Result(
                region,
                records,
                disorders,
                acknowledged.size(),
                missing,
                Set.copyOf(written),
                Set.copyOf(overwritten),
                trouble);
    }

    private String read(KafkaBus bus, Map<TopicPartition, OrderedBus.Tail> tails) {
        Map<TopicPartition, Long> from = new TreeMap<>();
        Map<TopicPartition, Long> last = new TreeMap<>();
        tails.forEach((at, tail) -> tail.last().ifPresent(record -> {
            from.put(at, tail.start());
            last.put(at, record.offset());
        }));
        if (from.isEmpty()) {
            return "";
        }
        Map<TopicPartition, Long> sequences = new TreeMap<>();
        long until = System.nanoTime() + PATIENCE.toNanos();
        try (BusReader reader = bus.reader(OrderedBus.Isolation.COMMITTED)) {
            reader.follow(from);
            while (!last.isEmpty()) {
                List<BusRecord> polled = reader.poll(POLL_RECORDS);
                for (BusRecord record : polled) {
                    take(record, sequences);
                    Long end = last.get(record.at());
                    if (end != null && record.offset() >= end) {
                        last.remove(record.at());
                    }
                }
                if (polled.isEmpty()) {
                    if (System.nanoTime() > until) {
                        return "not read to the end within " + PATIENCE.toSeconds() + " s";
                    }
                    LockSupport.parkNanos(POLL_NANOS);
                }
            }
        }
        return "";
    }

    private void take(BusRecord record, Map<TopicPartition, Long> sequences) {
        records++;
        long sequence = Long.parseLong(record.headers().getOrDefault("sequence", "-1"));
        Long before = sequences.put(record.at(), sequence);
        if (before != null && sequence <= before) {
            disorders++;
        }
        if (record.value() != null) {
            try {
                JsonNode images = JSON.readTree(record.value().toArray()).path("dynamodb");
                note(images.path("NewImage"), written);
                if (!REPLICATION.equals(record.headers().get("cause"))) {
                    note(images.path("OldImage"), overwritten);
                }
            } catch (IOException unreadable) {
                disorders++;
            }
        }
    }

    private static void note(JsonNode image, Set<String> operations) {
        String id = image.path(Workload.WRITE_ID).path("S").asText("");
        if (!id.isEmpty()) {
            operations.add(id);
        }
    }
}
