package dev.meridian.node.cli.streams;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.node.cli.client.SecondsConverter;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.audit.Finding;
import dev.meridian.streams.audit.SettledTail;
import dev.meridian.streams.audit.StreamAudit;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian streams audit}: compares topic, change rows and items. */
@Command(
        name = "audit",
        description = "Compare a table's stream topic with its change rows and items:"
                + " print gaps, duplicates and order violations. Writes may go on meanwhile.",
        sortOptions = false,
        footerHeading = "%n",
        footer = "Exit codes: 0 nothing found, 1 something found or the audit could not be done, 2 wrong usage.")
final class AuditCommand implements Callable<Integer> {
    private static final int POLL_RECORDS = 2_000;
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(5);
    private static final long PROGRESS_NANOS = Duration.ofSeconds(1).toNanos();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private StreamOptions stream = new StreamOptions();

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long to wait for changes that are not published yet, while nothing comes."
                    + " Default: ${DEFAULT-VALUE}",
            converter = SecondsConverter.class)
    private Duration patience = Duration.ZERO;

    private long progressNanos = System.nanoTime();

    @Override
    public Integer call() {
        NodeClient client = stream.client().client();
        JsonNode start = client.get(stream.region(), "audit", Map.of("table", stream.table()));
        StreamAudit audit = new StreamAudit(
                start.path("tableId").asText(), start.path("sequence").asLong());
        try (KafkaBus bus = stream.openBus()) {
            boolean never = StreamOptions.answer(bus.partitions(stream.topic(bus))) == 0;
            readItems(client, audit);
            JsonNode end = client.get(stream.region(), "audit", Map.of("table", stream.table()));
            long through = end.path("sequence").asLong();
            audit.through(through);
            end.path("paused")
                    .forEach(pause ->
                            audit.paused(pause.get(0).asLong(), pause.get(1).asLong()));
            for (int partition = 0; partition < start.path("partitions").asInt(); partition++) {
                readRows(client, audit, partition, through);
            }
            if (!never || audit.rows() > 0) {
                readTopic(bus, audit);
            }
            return report(audit, through);
        }
    }

    private void readItems(NodeClient client, StreamAudit audit) {
        JsonNode page = page(client, Map.of("items", "true"));
        while (page.has("next")) {
            page.path("items")
                    .forEach(
                            item -> audit.item(item.get(0).asText(), item.get(2).asText()));
            progress(audit);
            page = page(
                    client, Map.of("items", "true", "after", page.path("next").asText()));
        }
    }

    private void readRows(NodeClient client, StreamAudit audit, int partition, long through) {
        String number = Integer.toString(partition);
        long after = 0;
        JsonNode page;
        do {
            page = page(client, Map.of("partition", number, "after", Long.toString(after)));
            for (JsonNode row : page.path("rows")) {
                after = row.get(0).asLong();
                audit.row(partition, after, row.get(1).asText());
            }
            if (page.has("first")) {
                audit.rowsFrom(partition, page.path("first").asLong());
            }
            progress(audit);
        } while (!page.path("rows").isEmpty() && after < through);
    }

    private JsonNode page(NodeClient client, Map<String, String> parameters) {
        Map<String, String> all = new TreeMap<>(parameters);
        all.put("table", stream.table());
        return client.get(stream.region(), "audit", all);
    }

    /** From the beginning, until every partition has got past its end of now and past its last row. */
    private void readTopic(KafkaBus bus, StreamAudit audit) {
        Map<TopicPartition, Long> open = new HashMap<>();
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        for (TopicPartition at : stream.partitions(bus)) {
            Tail tail = StreamOptions.answer(SettledTail.of(bus, at, COMMIT_PATIENCE));
            if (tail.start() > 0) {
                audit.trimmed(at.partition());
            }
            offsets.put(at, tail.start());
            long last = tail.last().map(BusRecord::offset).orElse(-1L);
            if (last >= 0 || audit.lastRow(at.partition()) > 0) {
                open.put(at, last);
            }
        }
        Semaphore arrived = new Semaphore(0);
        try (BusReader reader = bus.reader(Isolation.COMMITTED)) {
            reader.onArrival(arrived::release);
            reader.follow(offsets);
            while (!open.isEmpty()) {
                List<BusRecord> records = reader.poll(POLL_RECORDS);
                for (BusRecord record : records) {
                    audit.record(record);
                    Long last = open.get(record.at());
                    if (last != null
                            && record.offset() >= last
                            && audit.reached(record.at().partition())
                                    >= audit.lastRow(record.at().partition())) {
                        open.remove(record.at());
                    }
                }
                reader.lost().forEach((at, lost) -> {
                    if (lost.reason() != BusReader.Reason.EXPIRED) {
                        throw new CommandFailedException(
                                "topic " + at.topic() + " was cut or made anew while it was read: audit it again");
                    }
                    audit.trimmed(at.partition()); // Kafka was faster.
                    reader.follow(Map.of(at, lost.start()));
                });
                StreamOptions.requireUndamaged(reader);
                progress(audit);
                if (records.isEmpty() && !await(arrived)) {
                    return; // What is missing is a gap.
                }
            }
        }
    }

    private boolean await(Semaphore arrived) {
        try {
            boolean more = arrived.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
            arrived.drainPermits();
            return more;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void progress(StreamAudit audit) {
        if (System.nanoTime() - progressNanos >= PROGRESS_NANOS) {
            progressNanos = System.nanoTime();
            PrintWriter err = spec.commandLine().getErr();
            err.printf("… %,d items, %,d change rows, %,d records%n", audit.items(), audit.rows(), audit.records());
            err.flush();
        }
    }

    private int report(StreamAudit audit, long through) {
        List<Finding> findings = audit.finish();
        PrintWriter out = spec.commandLine().getOut();
        if (stream.client().json()) {
            out.println(json(audit, through, findings).toPrettyString());
        } else {
            findings.forEach(out::println);
            out.printf(
                    "%s in %s up to sequence %d: %,d items, %,d change rows and %,d records compared; %d gaps,"
                            + " %d duplicates, %d out of order, %d that differ%n",
                    stream.table(),
                    stream.region(),
                    through,
                    audit.items(),
                    audit.rows(),
                    audit.records(),
                    count(findings, Finding.Kind.GAP),
                    count(findings, Finding.Kind.DUPLICATE),
                    count(findings, Finding.Kind.ORDER),
                    count(findings, Finding.Kind.MISMATCH));
        }
        out.flush();
        return findings.isEmpty() ? 0 : 1;
    }

    private static long count(List<Finding> findings, Finding.Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).count();
    }

    private ObjectNode json(StreamAudit audit, long through, List<Finding> findings) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("table", stream.table()).put("region", stream.region()).put("throughSequence", through);
        json.put("items", audit.items()).put("changeRows", audit.rows()).put("records", audit.records());
        ArrayNode all = json.putArray("findings");
        findings.forEach(finding -> all.addObject()
                .put("kind", finding.kind().name())
                .put("partition", finding.partition())
                .put("sequence", finding.sequence())
                .put("key", finding.key())
                .put("what", finding.what()));
        return json;
    }
}
