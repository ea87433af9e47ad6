package dev.meridian.replicator;

import dev.meridian.conflict.Decision;
import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.TopicPartition;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one remote region: applies its changes here, in batches, each in one transaction with the positions that they
 * end at. What is not a change (heartbeats, control records) goes to those who asked for it.
 *
 * <p>A record that cannot be read stops its partition; nothing is skipped. Redelivery is harmless.
 */
public final class Replicator implements Duty {
    /** How far ahead of this region's wall clock a version may be, in milliseconds. */
    public static final long CLOCK_BOUND_MILLIS = 1_000;

    private static final int POLL_RECORDS = 1_000;
    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 4L << 20;
    private static final int HEARTBEATS_KEPT = 64;

    /** A store that is full or closing is not asked again at once. */
    private static final long RETRY_MILLIS = 500;

    private final RegionId origin;
    private final BusReader reader;
    private final ReplicaStore store;
    private final InstantSource clock;
    private final Runnable doorbell;

    private final Map<String, TableId> tables = new ConcurrentHashMap<>();
    private final Map<String, Consumer<BusRecord>> listeners = new ConcurrentHashMap<>();
    private final Map<String, StepMaker> makers = new ConcurrentHashMap<>();
    private final SortedMap<TopicPartition, ArrayDeque<BusRecord>> waiting = new TreeMap<>();
    private final Map<TopicPartition, Long> positions = new ConcurrentSkipListMap<>();
    private final Map<TopicPartition, Alarm> alarms = new ConcurrentSkipListMap<>();
    private final Map<TopicPartition, Long> resumeAtMillis = new ConcurrentSkipListMap<>();
    private final ArrayDeque<Heartbeat> heartbeats = new ArrayDeque<>();
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong conflicts = new AtomicLong();
    private @Nullable Batch inFlight;
    private long retryAtMillis = Long.MIN_VALUE;
    private volatile HybridTimestamp appliedThrough = HybridTimestamp.ZERO;
    private volatile @Nullable Heartbeat lastHeartbeat;
    private volatile long lagMillis = -1;

    /** One thing to do inside a batch's transaction. */
    @FunctionalInterface
    public interface Step {
        void run(ReplicaTransaction transaction);
    }

    /** Reads a record of a topic that is neither a change nor just listened to. */
    @FunctionalInterface
    public interface StepMaker {
        /** @throws IllegalArgumentException if the record cannot be read */
        Step make(BusRecord record);
    }

    private static final class Batch {
        final List<Step> steps = new ArrayList<>();
        final Map<TopicPartition, Long> after = new TreeMap<>();
        final List<Decision.Outcome> outcomes = new ArrayList<>();
        long newestMillis = -1;
        long bytes;
        volatile boolean done;
        volatile @Nullable Throwable failure;
    }

    /** @param doorbell rung from other threads when a turn has something to do */
    public Replicator(RegionId origin, BusReader reader, ReplicaStore store, InstantSource clock, Runnable doorbell) {
        this.origin = origin;
        this.reader = reader;
        this.store = store;
        this.clock = clock;
        this.doorbell = doorbell;
        reader.onArrival(doorbell);
    }

    public RegionId origin() {
        return origin;
    }

    /** Hands records of a topic to {@code listener} as they come, outside any transaction. */
    public void listen(TopicPartition at, long from, Consumer<BusRecord> listener) {
        listeners.put(at.topic(), listener);
        reader.follow(Map.of(at, from));
    }

    /** Applies the records of a replication topic that are of this table, from the position kept or the beginning. */
    public void follow(TopicPartition at, TableId table) {
        tables.put(at.topic(), table);
        start(at);
    }

    /** Applies what {@code maker} makes of the records of a topic. */
    public void follow(TopicPartition at, StepMaker maker) {
        makers.put(at.topic(), maker);
        start(at);
    }

    private void start(TopicPartition at) {
        long from = store.positions(origin).getOrDefault(at, 0L);
        positions.put(at, from);
        reader.follow(Map.of(at, from));
    }

    public void unfollow(Set<TopicPartition> partitions) {
        reader.unfollow(partitions);
        partitions.forEach(at -> {
            positions.remove(at);
            alarms.remove(at);
        });
    }

    public Set<TopicPartition> followed() {
        return reader.followed();
    }

    /** The next offset to apply, of each partition followed. */
    public SortedMap<TopicPartition, Long> positions() {
        return new TreeMap<>(positions);
    }

    /** Everything that the region issued up to this clock is applied here. */
    public HybridTimestamp appliedThrough() {
        return appliedThrough;
    }

    public List<Alarm> alarms() {
        return List.copyOf(alarms.values());
    }

    public boolean isConnected() {
        return reader.isConnected();
    }

    public long applied() {
        return applied.get();
    }

    public long conflicts() {
        return conflicts.get();
    }

    /** From commit there to commit here, of the last batch's newest record, by the two wall clocks; -1 at first. */
    public long lastLagMillis() {
        return lagMillis;
    }

    /** Records known to be published there and not yet applied here. */
    public long pending() {
        Heartbeat last = lastHeartbeat;
        long pending = 0;
        for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
            long end = last == null ? 0 : last.ends().getOrDefault(position.getKey(), 0L);
            pending += Math.max(0, end - position.getValue());
        }
        return pending;
    }

    /** A heartbeat of the region; to be called from within a turn, by a listener. */
    public void heard(Heartbeat heartbeat) {
        lastHeartbeat = heartbeat;
        heartbeats.add(heartbeat);
        if (heartbeats.size() > HEARTBEATS_KEPT) {
            heartbeats.poll();
        }
    }

    @Override
    public int turn() {
        int work = finishBatch();
        if (inFlight == null && clock.millis() >= retryAtMillis) {
            work += poll();
            work += applyBatch();
        }
        noteApplied();
        return work;
    }

    private int finishBatch() {
        Batch batch = inFlight;
        if (batch == null || !batch.done) {
            return 0;
        }
        inFlight = null;
        Throwable failure = batch.failure;
        if (failure != null) {
            // Nothing of it was committed. What was taken is read again from the positions that were.
            retryAtMillis = clock.millis() + RETRY_MILLIS;
            restart(batch.after.keySet());
            return 1;
        }
        batch.after.forEach((at, next) -> positions.replace(at, next));
        batch.outcomes.forEach(outcome -> {
            if (outcome.isConflict()) {
                conflicts.incrementAndGet();
            }
        });
        applied.addAndGet(batch.outcomes.size());
        if (batch.newestMillis >= 0) {
            lagMillis = clock.millis() - batch.newestMillis;
        }
        return 1;
    }

    private void restart(Set<TopicPartition> partitions) {
        for (TopicPartition at : partitions) {
            waiting.remove(at);
            Long next = positions.get(at);
            if (next != null) {
                reader.follow(Map.of(at, next));
            }
        }
    }

    private int poll() {
        reader.lost()
                .forEach((at, start) -> alarms.computeIfAbsent(
                        at,
                        lost -> new Alarm(
                                Alarm.Kind.LOST,
                                at,
                                positions.getOrDefault(at, 0L),
                                "the oldest record kept is at offset " + start)));
        resumeAtMillis.forEach((at, due) -> {
            Long next = positions.get(at);
            if (clock.millis() >= due && resumeAtMillis.remove(at, due) && next != null) {
                reader.follow(Map.of(at, next));
            }
        });
        int records = waiting.values().stream().mapToInt(ArrayDeque::size).sum();
        if (records >= POLL_RECORDS) {
            return 0;
        }
        List<BusRecord> polled = reader.poll(POLL_RECORDS);
        for (BusRecord record : polled) {
            Consumer<BusRecord> listener = listeners.get(record.at().topic());
            if (listener != null) {
                listener.accept(record);
            } else if (positions.containsKey(record.at())) {
                waiting.computeIfAbsent(record.at(), unused -> new ArrayDeque<>())
                        .add(record);
            }
        }
        return polled.size();
    }

    private int applyBatch() {
        Batch batch = new Batch();
        for (Iterator<Map.Entry<TopicPartition, ArrayDeque<BusRecord>>> all =
                        waiting.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<TopicPartition, ArrayDeque<BusRecord>> partition = all.next();
            if (!positions.containsKey(partition.getKey())
                    || partition.getValue().isEmpty()) {
                all.remove();
                continue;
            }
            take(partition.getKey(), partition.getValue(), batch);
        }
        if (batch.steps.isEmpty()) {
            return 0;
        }
        inFlight = batch;
        store.transact(transaction -> {
                    batch.outcomes.clear();
                    batch.steps.forEach(step -> step.run(transaction));
                    batch.after.forEach((at, next) -> transaction.position(origin, at, next));
                })
                .whenComplete((unused, failure) -> {
                    batch.failure = failure;
                    batch.done = true;
                    doorbell.run();
                });
        return batch.steps.size();
    }

    private void take(TopicPartition at, ArrayDeque<BusRecord> records, Batch batch) {
        Alarm alarm = alarms.get(at);
        if (alarm != null && alarm.kind() == Alarm.Kind.UNREADABLE) {
            return;
        }
        while (batch.steps.size() < BATCH_RECORDS && batch.bytes < BATCH_BYTES) {
            BusRecord record = records.peek();
            if (record == null) {
                return;
            }
            Step step;
            try {
                step = step(record, batch);
            } catch (IllegalArgumentException unreadable) {
                String reason = String.valueOf(unreadable.getMessage());
                alarms.put(at, new Alarm(Alarm.Kind.UNREADABLE, at, record.offset(), reason));
                hold(at, records);
                return;
            }
            if (step == null) {
                resumeAtMillis.put(at, clock.millis() + RETRY_MILLIS);
                hold(at, records);
                return;
            }
            Bytes value = record.value();
            batch.bytes += value == null ? 0 : value.length();
            batch.steps.add(step);
            batch.after.put(at, record.offset() + 1);
            records.poll();
        }
    }

    /** What a partition that stands still has sent must not fill the room of the others. */
    private void hold(TopicPartition at, ArrayDeque<BusRecord> records) {
        reader.unfollow(Set.of(at));
        records.clear();
    }

    /** @return null if the record must wait for the clock */
    private @Nullable Step step(BusRecord record, Batch batch) {
        StepMaker maker = makers.get(record.at().topic());
        if (maker != null) {
            return maker.make(record);
        }
        Bytes value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("a replication record without a value");
        }
        Change change = ChangeCodec.decode(value.asBuffer());
        if (!change.tableId().equals(tables.get(record.at().topic()))) {
            // Of an earlier table of this name: it has nothing to do with the one followed.
            return transaction -> {};
        }
        long ahead = change.stamp().version().time().millis() - clock.millis();
        if (ahead > CLOCK_BOUND_MILLIS) {
            alarms.put(
                    record.at(), new Alarm(Alarm.Kind.CLOCK_AHEAD, record.at(), record.offset(), ahead + " ms ahead"));
            return null;
        }
        alarms.computeIfPresent(record.at(), (at, alarm) -> alarm.kind() == Alarm.Kind.CLOCK_AHEAD ? null : alarm);
        batch.newestMillis = change.committedMillis();
        return transaction -> {
            if (transaction.has(change.tableId())) {
                batch.outcomes.add(
                        Applier.apply(transaction, change.tableId(), change.key(), change.newImage(), change.stamp()));
            }
        };
    }

    private void noteApplied() {
        while (!heartbeats.isEmpty() && isReached(heartbeats.element())) {
            HybridTimestamp mark = heartbeats.remove().mark();
            if (mark.isAfter(appliedThrough)) {
                appliedThrough = mark;
            }
        }
    }

    private boolean isReached(Heartbeat heartbeat) {
        return positions.entrySet().stream()
                .allMatch(position -> position.getValue() >= heartbeat.ends().getOrDefault(position.getKey(), 0L));
    }
}
