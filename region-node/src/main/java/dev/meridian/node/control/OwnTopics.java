package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.Applier;
import dev.meridian.replicator.RecordCheck;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a region's own topics still know: how far it had come, and what it wrote. A store that was put back to an earlier
 * state takes from them what it has forgotten.
 *
 * <p>One object reads them once, from the oldest record kept up to the last at its beginning. Nothing of that is kept: to
 * apply a record again changes nothing. Unlike a replicator it asks neither for the order of histories nor for the clock:
 * whatever the region wrote before counts, and the region has declared that it is above all of it.
 */
final class OwnTopics implements Duty, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OwnTopics.class);

    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 4L << 20;

    /** Without a record for so long, it is asked again what there is to be read: a topic may have been lost meanwhile. */
    private static final long ASK_AGAIN_MILLIS = 10_000;

    private static final Recognition CHANGES = Recognition.ofChanges();

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final Pace pace;
    private final BusReader reader;
    private final Underway underway = new Underway();
    private final ArrayDeque<BusRecord> arrived = new ArrayDeque<>();

    /** What is to be read; null until that is known. */
    private volatile @Nullable SortedMap<TopicPartition, Reading> readings;

    /** Whether the reader reads on where {@link #readings} say. */
    private volatile boolean isFollowing;

    private volatile @Nullable String trouble;
    private long askAgainMillis;

    /**
     * How far the region had come, by its own topics.
     *
     * @param clock no record has a version above it
     * @param last no record has a greater sequence number
     */
    record Reached(HybridTimestamp clock, SequenceNumber last) {
        static final Reached NOTHING = new Reached(HybridTimestamp.ZERO, SequenceNumber.NONE);

        Reached join(Reached other) {
            return new Reached(
                    clock.isAfter(other.clock) ? clock : other.clock,
                    last.compareTo(other.last) > 0 ? last : other.last);
        }
    }

    /** A table that this region has, or had. */
    record Named(TableId id, String name, int partitions) {
        Named(TableDescriptor table) {
            this(table.id(), table.name(), table.partitions());
        }

        private List<TopicPartition> topic(Lane lane, RegionId region) {
            return TopicPartition.allOf(TopicNames.of(lane, region, name, id), partitions);
        }
    }

    /** A partition of which the records from {@code next} up to {@code end} are still to be applied. */
    private record Reading(TableDescriptor table, TopicId topic, long next, long end) {
        Reading at(long offset) {
            return new Reading(table, topic, offset, end);
        }
    }

    /** What is applied in one transaction. */
    private static final class Batch {
        final List<Consumer<ReplicaTransaction>> steps = new ArrayList<>();
        final SortedMap<TopicPartition, Long> next = new TreeMap<>();
        long bytes;
    }

    OwnTopics(RegionId region, Store store, OrderedBus bus, CallPolicy policy, InstantSource clock, Runnable doorbell) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        this.pace = policy.pace();
        this.reader = bus.reader(OrderedBus.Isolation.UNCOMMITTED);
        reader.onArrival(doorbell);
    }

    /** Looks at the last record of each partition of the tables' topics. */
    static CompletionStage<Reached> reached(OrderedBus bus, RegionId region, List<Named> tables) {
        List<TopicPartition> all = new ArrayList<>();
        for (Named table : tables) {
            for (Lane lane : Lane.values()) {
                all.addAll(table.topic(lane, region));
            }
        }
        return tails(bus, all)
                .thenApply(tails -> tails.values().stream()
                        .flatMap(tail -> tail.last().stream())
                        .map(OwnTopics::reached)
                        .reduce(Reached.NOTHING, Reached::join));
    }

    private static Reached reached(BusRecord last) {
        String version = last.headers().get(Headers.VERSION);
        String sequence = last.headers().get(Headers.SEQUENCE);
        return version == null || sequence == null
                ? Reached.NOTHING
                : new Reached(Headers.version(version).time(), new SequenceNumber(Long.parseLong(sequence)));
    }

    /** Of those partitions that hold something. */
    private static CompletionStage<SortedMap<TopicPartition, OrderedBus.Tail>> tails(
            OrderedBus bus, List<TopicPartition> all) {
        return bus.ends(all).thenCompose(ends -> {
            SortedMap<TopicPartition, OrderedBus.Tail> tails = new TreeMap<>();
            CompletionStage<SortedMap<TopicPartition, OrderedBus.Tail>> looked =
                    CompletableFuture.completedFuture(tails);
            for (TopicPartition at : all) {
                if (ends.getOrDefault(at, 0L) > 0) {
                    looked = looked.thenCompose(before -> bus.tail(at, Recognition::isMarked))
                            .thenApply(tail -> {
                                tails.put(at, tail);
                                return tails;
                            });
                }
            }
            return looked;
        });
    }

    @Override
    public int turn() {
        if (underway.waits(pace, this::failed) || !pace.isDue()) {
            return 0;
        }
        SortedMap<TopicPartition, Reading> known = readings;
        if (known == null) {
            underway.begin(ask());
            return 1;
        }
        if (!isFollowing) {
            follow(known);
        }
        return isReplayed() ? 0 : readOn(known);
    }

    private void failed(Throwable why) {
        LOG.warn("{}: cannot read its own topics yet: {}; it is tried again", region, why.getMessage());
        trouble = String.valueOf(why.getMessage());
        isFollowing = false;
    }

    /** Why what the topics hold cannot be applied now, for people; null if it can. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Asks what the replication topics hold now. */
    private CompletionStage<Void> ask() {
        Map<TopicPartition, TableDescriptor> tables = new TreeMap<>();
        for (TableDescriptor table : store.catalog().tables().values()) {
            if (table.replicated()) {
                new Named(table).topic(Lane.REPLICATION, region).forEach(at -> tables.put(at, table));
            }
        }
        return tails(bus, List.copyOf(tables.keySet())).thenAccept(tails -> {
            SortedMap<TopicPartition, Reading> found = new ConcurrentSkipListMap<>();
            tails.forEach((at, tail) -> tail.last()
                    .ifPresent(last -> found.put(
                            at,
                            new Reading(
                                    Objects.requireNonNull(tables.get(at)),
                                    tail.topic(),
                                    tail.start(),
                                    last.offset() + 1))));
            isFollowing = false;
            readings = found;
        });
    }

    private void follow(SortedMap<TopicPartition, Reading> known) {
        arrived.clear();
        reader.unfollow(reader.followed());
        known.forEach((at, reading) -> reader.follow(at, reading.next, reading.topic));
        isFollowing = true;
        askAgainMillis = clock.millis() + ASK_AGAIN_MILLIS;
    }

    /** Whether all that the topics held is applied. */
    boolean isReplayed() {
        SortedMap<TopicPartition, Reading> known = readings;
        return known != null && known.values().stream().allMatch(reading -> reading.next >= reading.end);
    }

    private int readOn(SortedMap<TopicPartition, Reading> known) {
        if (arrived.isEmpty()) {
            for (Map.Entry<TopicPartition, BusReader.Lost> lost : reader.lost().entrySet()) {
                if (lost.getValue().reason() != BusReader.Reason.EXPIRED) {
                    readings = null;
                    return 1;
                }
                known.computeIfPresent(
                        lost.getKey(),
                        (at, reading) -> reading.at(lost.getValue().start()));
                isFollowing = false;
            }
            arrived.addAll(reader.poll(BATCH_RECORDS));
        }
        Batch batch = new Batch();
        for (BusRecord next = arrived.poll(); next != null; next = arrived.poll()) {
            Reading reading = known.get(next.at());
            if (reading != null) {
                batch.next.put(next.at(), next.offset() + 1);
                take(next, reading.table, batch);
            }
            if (batch.bytes >= BATCH_BYTES) {
                break;
            }
        }
        if (batch.next.isEmpty()) {
            passOverDamaged(known, batch);
        }
        if (!batch.next.isEmpty()) {
            askAgainMillis = clock.millis() + ASK_AGAIN_MILLIS;
            underway.begin(new StoreReplica(store)
                    .transact(transaction -> batch.steps.forEach(step -> step.accept(transaction)))
                    .thenAccept(unused -> {
                        trouble = null;
                        batch.next.forEach(
                                (at, next) -> known.computeIfPresent(at, (same, reading) -> reading.at(next)));
                    }));
        } else if (DueTime.isReached(askAgainMillis, ASK_AGAIN_MILLIS, clock.millis())) {
            readings = null;
        }
        return batch.next.size();
    }

    private void take(BusRecord record, TableDescriptor table, Batch batch) {
        try {
            Bytes value = record.value();
            if (CHANGES.isJunk(record)) {
                return;
            }
            if (value == null) {
                throw new IllegalArgumentException("a replication record without a value");
            }
            batch.bytes += value.length();
            Change change = ChangeCodec.decode(value.asBuffer());
            if (!change.tableId().equals(table.id())) {
                // Of an earlier table of this name.
                return;
            }
            RecordCheck.check(table.schema(), change.key(), change.newImage());
            batch.steps.add(transaction -> {
                if (transaction.has(table.id())) {
                    transaction.transaction(change.transactionId());
                    Applier.apply(transaction, table.id(), change.key(), change.newImage(), change.stamp());
                }
            });
        } catch (IllegalArgumentException unreadable) {
            batch.steps.add(unreadable(record.at(), record.offset(), table, String.valueOf(unreadable.getMessage())));
        }
    }

    private void passOverDamaged(SortedMap<TopicPartition, Reading> known, Batch batch) {
        reader.damaged().forEach((at, damage) -> {
            Reading reading = known.get(at);
            if (reading != null) {
                batch.steps.add(unreadable(at, damage.offset(), reading.table, damage.reason()));
                batch.next.put(at, Math.max(reading.next, damage.offset()) + 1);
                isFollowing = false;
            }
        });
    }

    private Consumer<ReplicaTransaction> unreadable(
            TopicPartition at, long offset, TableDescriptor table, String reason) {
        DataLoss loss = new DataLoss(
                clock.millis(),
                table.name(),
                null,
                "the record at offset " + offset + " of " + at + ", which this region wrote, cannot be read: " + reason
                        + "; if the store that was put back lacks it, it is here again only if another region has it");
        return transaction -> DataLosses.note(transaction, "own-topic/" + at + "/" + offset, loss);
    }

    @Override
    public void close() {
        reader.close();
    }
}
