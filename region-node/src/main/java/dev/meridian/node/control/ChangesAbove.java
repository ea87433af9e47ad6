package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What a region has changed above a version, by table and key, each key once with its last change: what another region
 * lacked that had applied it up to there. From its replication topics and the rows that are not published yet.
 *
 * <p>Waits, so it is for workers only.
 */
public final class ChangesAbove {
    /** Records from the end of a partition that are read first; four times as many each time that is not enough. */
    private static final long FIRST_LOOK = 1_000;

    private static final long FURTHER = 4;
    private static final int POLL_RECORDS = 1_000;
    private static final int ROWS = 1_000;
    private static final int ROWS_BYTES = 8 << 20;
    private static final long WAIT_MILLIS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;

    private record Named(GlobalTable table, ItemKey key) {}

    public ChangesAbove(RegionId region, Store store, OrderedBus bus) {
        this.region = region;
        this.store = store;
        this.bus = bus;
    }

    /**
     * @param most keys to name; beyond, the answer says that there are more
     * @throws BusUnavailableException if this region's Kafka does not answer
     */
    public String json(Collection<GlobalTable> tables, HybridTimestamp above, int most) {
        Map<Named, Change> found = new LinkedHashMap<>();
        for (GlobalTable table : tables) {
            if (store.catalog().table(table.id()) != null) {
                Following.partitions(region, table).forEach(at -> published(table, at, above, found));
            }
        }
        unpublished(tables, above, found);
        ObjectNode json = JSON.createObjectNode();
        json.put("region", region.value()).put("count", found.size()).put("complete", found.size() <= most);
        ArrayNode changes = json.putArray("changes");
        found.entrySet().stream().limit(most).forEach(entry -> describe(entry, changes.addObject()));
        return json.toPrettyString();
    }

    private static void describe(Map.Entry<Named, Change> entry, ObjectNode json) {
        KeySchema schema = entry.getKey().table().schema();
        Change change = entry.getValue();
        json.put("table", entry.getKey().table().name())
                .put("key", TableDigest.keyJson(schema, entry.getKey().key()))
                .put("version", change.stamp().version().toString())
                .put("delete", change.isDelete())
                .put("committed", Instant.ofEpochMilli(change.committedMillis()).toString());
    }

    private void unpublished(Collection<GlobalTable> tables, HybridTimestamp above, Map<Named, Change> found) {
        for (ChangePartition partition : store.changes().pending(Lane.REPLICATION)) {
            for (GlobalTable table : tables) {
                if (!table.id().equals(partition.tableId())) {
                    continue;
                }
                ArrayDeque<Change> rows = new ArrayDeque<>(store.changes()
                        .read(
                                Lane.REPLICATION,
                                partition,
                                store.changes().cursor(Lane.REPLICATION, partition),
                                ROWS,
                                ROWS_BYTES));
                while (!rows.isEmpty()) {
                    Change last = rows.getLast();
                    rows.forEach(change -> note(table, change, above, found));
                    rows = new ArrayDeque<>(
                            store.changes().read(Lane.REPLICATION, partition, last.sequence(), ROWS, ROWS_BYTES));
                }
            }
        }
    }

    private static void note(GlobalTable table, Change change, HybridTimestamp above, Map<Named, Change> found) {
        if (change.tableId().equals(table.id())
                && change.stamp().version().time().isAfter(above)) {
            found.put(new Named(table, change.key()), change);
        }
    }

    /** Versions grow along a partition: it is looked at from further back until one is seen that is not wanted. */
    private void published(GlobalTable table, TopicPartition at, HybridTimestamp above, Map<Named, Change> found) {
        OrderedBus.Tail tail;
        try {
            Long end = bus.ends(List.of(at)).toCompletableFuture().join().get(at);
            if (end == null || end == 0) {
                return;
            }
            tail = bus.tail(at).toCompletableFuture().join();
        } catch (CompletionException away) {
            throw new BusUnavailableException("the region's Kafka does not answer", away);
        }
        for (long look = FIRST_LOOK; ; look *= FURTHER) {
            long from = Math.max(tail.start(), tail.end() - look);
            List<Change> changes = read(at, from, tail.end());
            boolean farEnough = from == tail.start()
                    || (!changes.isEmpty()
                            && !changes.get(0).stamp().version().time().isAfter(above));
            if (farEnough) {
                changes.forEach(change -> note(table, change, above, found));
                return;
            }
        }
    }

    private List<Change> read(TopicPartition at, long from, long end) {
        List<Change> changes = new ArrayList<>();
        Recognition recognition = Recognition.ofChanges();
        Semaphore arrived = new Semaphore(0);
        long patience = PATIENCE.toMillis() / WAIT_MILLIS;
        try (BusReader reader = bus.reader(OrderedBus.Isolation.UNCOMMITTED)) {
            reader.onArrival(arrived::release);
            reader.follow(Map.of(at, from));
            long next = from;
            while (next < end) {
                List<BusRecord> polled = reader.poll(POLL_RECORDS);
                for (BusRecord record : polled) {
                    next = record.offset() + 1;
                    if (record.value() != null && !recognition.isJunk(record)) {
                        changes.add(ChangeCodec.decode(record.value().asBuffer()));
                    }
                }
                if (polled.isEmpty() && (patience-- == 0 || !waited(arrived))) {
                    throw new BusUnavailableException(
                            "the region's Kafka does not answer", new IllegalStateException(at.toString()));
                }
            }
        }
        return changes;
    }

    private static boolean waited(Semaphore arrived) {
        try {
            boolean unused = arrived.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
