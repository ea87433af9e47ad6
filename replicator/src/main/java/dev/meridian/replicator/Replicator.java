package dev.meridian.replicator;

import dev.meridian.conflict.Decision;
import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Headers;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.resilience.Pace;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one remote region: applies its changes here, in batches, each in one transaction with the positions that they
 * end at. What is not a change (heartbeats, control records) goes to those who asked for it.
 *
 * <p>A record that cannot be read, does not fit its table, or cannot be applied stops its partition; nothing is skipped.
 * Redelivery is harmless.
 */
public final class Replicator implements Duty {
    /** How far ahead of this region's wall clock a version may be, in milliseconds. */
    public static final long CLOCK_BOUND_MILLIS = 1_000;

    private static final int POLL_RECORDS = 1_000;
    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 4L << 20;

    /** How often a record that is ahead of the clock is looked at again. */
    private static final long CLOCK_LOOK_MILLIS = 500;

    private final RegionId origin;
    private final BusReader reader;
    private final ReplicaStore store;
    private final InstantSource clock;
    private final Runnable doorbell;

    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final Map<TopicPartition, Consumer<BusRecord>> listeners = new TreeMap<>();
    private final Map<TopicPartition, Followed> followed = new TreeMap<>();
    private final SortedMap<TopicPartition, ArrayDeque<BusRecord>> waiting = new TreeMap<>();
    private final Map<TopicPartition, Long> resumeAtMillis = new TreeMap<>();
    private final AppliedMark mark = new AppliedMark();
    private final ClockSkew skew = new ClockSkew();
    private final Map<TopicPartition, Long> positions = new ConcurrentSkipListMap<>();
    private final Map<TopicPartition, Alarm> alarms = new ConcurrentSkipListMap<>();
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong conflicts = new AtomicLong();
    private final AtomicInteger withdrawing = new AtomicInteger();
    private volatile @Nullable Batch inFlight;
    private volatile long lastHeardMillis;
    private final Pace storePace;
    private volatile long lagMillis = -1;
    private volatile HybridTimestamp newestTaken = HybridTimestamp.ZERO;
    private final List<Consumer<AppliedRecord>> onApplied = new CopyOnWriteArrayList<>();
    private volatile boolean paused;

    /** So many records of a batch that failed are applied one by one, to find the one that cannot be. */
    private int oneByOne;

    /** One thing to do inside a batch's transaction. */
    @FunctionalInterface
    public interface Step {
        void run(ReplicaTransaction transaction);
    }

    /**
     * What a record asks for.
     *
     * @param newest the latest clock of any version in it: it is done when this region's clock allows that
     */
    public record Work(HybridTimestamp newest, Step step) {
        static final Work NONE = new Work(HybridTimestamp.ZERO, transaction -> {});
    }

    /** Reads a record of a topic that is neither a change nor just listened to. Called again after a failure. */
    @FunctionalInterface
    public interface WorkMaker {
        /** @throws IllegalArgumentException if the record cannot be read, or does not fit the table */
        Work make(BusRecord record);
    }

    /** A partition whose records go into a table. By identity: one that is followed anew is another. */
    private static final class Followed {
        final TableId table;
        final @Nullable KeySchema schema;
        final @Nullable WorkMaker maker;
        final HybridTimestamp ignoredUpTo;

        Followed(TableId table, @Nullable KeySchema schema, @Nullable WorkMaker maker, HybridTimestamp ignoredUpTo) {
            this.table = table;
            this.schema = schema;
            this.maker = maker;
            this.ignoredUpTo = ignoredUpTo;
        }
    }

    private static final class Batch {
        final List<Part> parts = new ArrayList<>();
        final Map<TopicPartition, Next> after = new TreeMap<>();
        final List<Decision.Outcome> outcomes = new ArrayList<>();
        final List<BusRecord> changes = new ArrayList<>();
        HybridTimestamp newest = HybridTimestamp.ZERO;
        long takenMillis;
        long newestMillis = -1;
        long bytes;
        volatile boolean done;
        volatile @Nullable Throwable failure;

        private record Part(Followed of, Step step) {}

        private record Next(Followed of, long offset) {}

        /** A table that has been dropped since gets nothing, not even a position. */
        void run(RegionId origin, ReplicaTransaction transaction) {
            outcomes.clear();
            for (Part part : parts) {
                if (transaction.has(part.of.table)) {
                    part.step.run(transaction);
                }
            }
            after.forEach((at, next) -> {
                if (transaction.has(next.of.table)) {
                    transaction.position(origin, at, next.offset);
                }
            });
        }
    }

    /** @param doorbell rung from other threads when a turn has something to do */
    public Replicator(RegionId origin, BusReader reader, ReplicaStore store, InstantSource clock, Runnable doorbell) {
        this.origin = origin;
        this.reader = reader;
        this.store = store;
        this.clock = clock;
        this.doorbell = doorbell;
        this.storePace = Pace.ofStore(clock);
        this.lastHeardMillis = clock.millis();
        reader.onArrival(doorbell);
    }

    public RegionId origin() {
        return origin;
    }

    /** What others ask for is done in a turn, in the order in which it was asked for: the reader is of one thread. */
    private void later(Runnable request) {
        mailbox.add(request);
        doorbell.run();
    }

    /**
     * Hands records of a partition to {@code listener} as they come, outside any transaction. One that the listener
     * refuses with an {@link IllegalArgumentException} stops the partition.
     */
    public void listen(TopicPartition at, long from, Consumer<BusRecord> listener) {
        later(() -> {
            listeners.put(at, listener);
            reader.follow(Map.of(at, from));
        });
    }

    /**
     * Applies the records of a replication topic that are of this table, from the position kept or the beginning.
     *
     * @param ignoredUpTo changes up to this clock are passed over: the region has been evicted, and wrote them anew
     */
    public void follow(TopicPartition at, TableId table, KeySchema schema, HybridTimestamp ignoredUpTo) {
        later(() -> start(at, new Followed(table, schema, null, ignoredUpTo)));
    }

    /** Applies what {@code maker} makes of the records of a topic, to this table. */
    public void follow(TopicPartition at, TableId table, WorkMaker maker) {
        later(() -> start(at, new Followed(table, null, maker, HybridTimestamp.ZERO)));
    }

    private void start(TopicPartition at, Followed how) {
        forget(at);
        followed.put(at, how);
        long from = store.positions(origin).getOrDefault(at, 0L);
        positions.put(at, from);
        readOn(at);
    }

    /** From the position up to which it is applied; not now, if this is paused. */
    private void readOn(TopicPartition at) {
        if (!paused) {
            reader.follow(Map.of(at, positions.getOrDefault(at, 0L)));
        }
    }

    /** Changes are applied no more until {@link #resume}; heartbeats and control records go on. */
    public void pause() {
        later(() -> {
            paused = true;
            followed.keySet().forEach(this::hold);
        });
    }

    public void resume() {
        later(() -> {
            paused = false;
            followed.keySet().stream().filter(at -> !isStopped(at)).forEach(this::readOn);
        });
    }

    public boolean isPaused() {
        return paused;
    }

    private void forget(TopicPartition at) {
        followed.remove(at);
        waiting.remove(at);
        positions.remove(at);
        alarms.remove(at);
        resumeAtMillis.remove(at);
    }

    public void unfollow(Set<TopicPartition> partitions) {
        later(() -> {
            reader.unfollow(partitions);
            partitions.forEach(this::forget);
        });
    }

    /**
     * What was asked to be followed before is all that must be followed by what the region's control topic tells before
     * {@code controlNext}: now {@link #appliedThrough} may go on.
     *
     * @param finalEnds of topics that the region no longer writes to
     * @param bar only what the region says above it counts
     * @param settled all that it will ever have issued up to here is applied
     */
    public void cover(
            long controlNext, Map<TopicPartition, Long> finalEnds, HybridTimestamp bar, HybridTimestamp settled) {
        later(() -> mark.cover(controlNext, finalEnds, bar, settled));
    }

    /** A table is to be loaded: from now on until {@link #cover}, {@link #appliedThrough} says nothing. */
    public void withdraw() {
        withdrawing.incrementAndGet();
        later(() -> {
            mark.withdraw();
            withdrawing.decrementAndGet();
        });
    }

    /** The next offset to apply, of each partition followed. */
    public SortedMap<TopicPartition, Long> positions() {
        return new TreeMap<>(positions);
    }

    /** Everything that the region issued up to this clock is applied here; zero if that cannot be said. */
    public HybridTimestamp appliedThrough() {
        HybridTimestamp through = mark.through();
        return withdrawing.get() == 0 ? through : HybridTimestamp.ZERO;
    }

    /**
     * No version of the region that a reader here may have seen is above this clock: {@link #appliedThrough}, and what has
     * been applied or may be by now behind it.
     */
    public HybridTimestamp seenThrough() {
        HybridTimestamp through = mark.through();
        HybridTimestamp newest = newestTaken;
        return newest.isAfter(through) ? newest : through;
    }

    /** From now on also called with each change that was applied, or was here already, from within a turn. */
    public void onApplied(Consumer<AppliedRecord> listener) {
        onApplied.add(listener);
    }

    /** The last heartbeat that has been caught up with; null if that cannot be said. */
    public @Nullable Heartbeat reached() {
        Heartbeat reached = mark.reached();
        return withdrawing.get() == 0 ? reached : null;
    }

    /** The last heartbeat heard. */
    public @Nullable Heartbeat lastHeartbeat() {
        return mark.lastHeartbeat();
    }

    /** When a heartbeat was last heard, by this region's clock; at first, when this was made. */
    public long lastHeardMillis() {
        return lastHeardMillis;
    }

    /** Whether something of these partitions may still be applied, without {@link #follow} being called. */
    public boolean isApplying(Collection<TopicPartition> partitions) {
        return partitions.stream().anyMatch(positions::containsKey) || inFlight != null;
    }

    /** How the region's wall clock stands to this one's. */
    public ClockSkew skew() {
        return skew;
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
        Heartbeat last = mark.lastHeartbeat();
        long pending = 0;
        for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
            long end = last == null ? 0 : last.ends().getOrDefault(position.getKey(), 0L);
            pending += Math.max(0, end - position.getValue());
        }
        return pending;
    }

    /**
     * A heartbeat of the region; to be called from within a turn, by a listener.
     *
     * @param sentMillis the region's wall clock when it was sent
     * @param self this region, about whose clock the heartbeat may tell
     */
    public void heard(Heartbeat heartbeat, long sentMillis, RegionId self) {
        mark.heard(heartbeat);
        lastHeardMillis = clock.millis();
        skew.heard(sentMillis, clock.millis(), heartbeat.aheadMillis().get(self));
    }

    @Override
    public int turn() {
        int work = 0;
        for (Runnable request = mailbox.poll(); request != null; request = mailbox.poll()) {
            request.run();
            work++;
        }
        work += finishBatch();
        if (inFlight == null && storePace.isDue()) {
            work += poll();
            work += applyBatch();
        }
        mark.note(positions);
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
            failed(
                    batch,
                    failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure);
            return 1;
        }
        storePace.succeeded();
        oneByOne = Math.max(0, oneByOne - batch.parts.size());
        batch.after.forEach((at, next) -> {
            if (followed.get(at) == next.of) {
                positions.put(at, next.offset);
            }
        });
        batch.outcomes.forEach(outcome -> {
            if (outcome.isConflict()) {
                conflicts.incrementAndGet();
            }
        });
        applied.addAndGet(batch.outcomes.size());
        tell(batch);
        if (batch.newestMillis >= 0) {
            lagMillis = clock.millis() - batch.newestMillis;
        }
        return 1;
    }

    private void tell(Batch batch) {
        long now = clock.millis();
        for (BusRecord change : batch.changes) {
            String published = change.headers().get(Headers.PUBLISHED);
            long publishedMillis = published == null ? -1 : Long.parseLong(published);
            AppliedRecord record = new AppliedRecord(
                    change.at(), change.offset(), change.timestampMillis(), publishedMillis, batch.takenMillis, now);
            onApplied.forEach(listener -> listener.accept(record));
        }
    }

    /** Nothing of it was committed. What was taken is read again from the positions that were. */
    private void failed(Batch batch, Throwable failure) {
        if (failure instanceof StoreAwayException) {
            storePace.failed(failure);
        } else if (batch.parts.size() > 1) {
            oneByOne = batch.parts.size();
        } else {
            oneByOne = Math.max(0, oneByOne - 1);
            batch.after.forEach((at, next) -> {
                if (followed.get(at) == next.of) {
                    stop(at, next.offset - 1, "cannot be applied: " + failure);
                }
            });
            return;
        }
        batch.after.forEach((at, next) -> {
            if (followed.get(at) == next.of) {
                waiting.remove(at);
                // It may have stopped behind what was taken; it will again.
                alarms.remove(at);
                resumeAtMillis.remove(at);
                readOn(at);
            }
        });
    }

    private void stop(TopicPartition at, long offset, String reason) {
        alarms.put(at, new Alarm(Alarm.Kind.UNREADABLE, at, offset, reason));
        hold(at);
    }

    /** What a partition that stands still has sent must not fill the room of the others. */
    private void hold(TopicPartition at) {
        reader.unfollow(Set.of(at));
        ArrayDeque<BusRecord> records = waiting.get(at);
        if (records != null) {
            records.clear();
        }
    }

    private boolean isStopped(TopicPartition at) {
        Alarm alarm = alarms.get(at);
        return alarm != null && alarm.kind() == Alarm.Kind.UNREADABLE;
    }

    private int poll() {
        noteLost();
        resumeAtMillis.entrySet().removeIf(resume -> {
            boolean due = clock.millis() >= resume.getValue();
            if (due && positions.containsKey(resume.getKey())) {
                readOn(resume.getKey());
            }
            return due;
        });
        int records = waiting.values().stream().mapToInt(ArrayDeque::size).sum();
        if (records >= POLL_RECORDS) {
            return 0;
        }
        List<BusRecord> polled = reader.poll(POLL_RECORDS);
        for (BusRecord record : polled) {
            Consumer<BusRecord> listener = listeners.get(record.at());
            if (isStopped(record.at())) {
                continue;
            }
            if (listener != null) {
                tell(listener, record);
            } else if (!paused && followed.containsKey(record.at())) {
                waiting.computeIfAbsent(record.at(), unused -> new ArrayDeque<>())
                        .add(record);
            }
        }
        return polled.size();
    }

    private void noteLost() {
        reader.lost().forEach((at, start) -> {
            if (listeners.containsKey(at)) {
                // Of what is only listened to, the latest counts.
                reader.follow(Map.of(at, start));
            } else {
                String reason = "the oldest record kept is at offset " + start;
                Alarm lost = new Alarm(Alarm.Kind.LOST, at, positions.getOrDefault(at, 0L), reason);
                // What waited for the clock may have gone meanwhile; what cannot be read is the first thing to mend.
                alarms.merge(at, lost, (known, now) -> known.kind() == Alarm.Kind.CLOCK_AHEAD ? now : known);
            }
        });
    }

    private void tell(Consumer<BusRecord> listener, BusRecord record) {
        try {
            listener.accept(record);
        } catch (IllegalArgumentException unreadable) {
            stop(record.at(), record.offset(), String.valueOf(unreadable.getMessage()));
        }
    }

    private int applyBatch() {
        Batch batch = new Batch();
        for (Iterator<Map.Entry<TopicPartition, ArrayDeque<BusRecord>>> all =
                        waiting.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<TopicPartition, ArrayDeque<BusRecord>> partition = all.next();
            Followed how = followed.get(partition.getKey());
            if (how == null || partition.getValue().isEmpty()) {
                all.remove();
                continue;
            }
            take(partition.getKey(), how, partition.getValue(), batch);
        }
        if (batch.parts.isEmpty()) {
            return 0;
        }
        batch.takenMillis = clock.millis();
        if (batch.newest.isAfter(newestTaken)) {
            // Before the commit: a reader that sees it must find it here.
            newestTaken = batch.newest;
        }
        inFlight = batch;
        store.transact(transaction -> batch.run(origin, transaction)).whenComplete((unused, failure) -> {
            batch.failure = failure;
            batch.done = true;
            doorbell.run();
        });
        return batch.parts.size();
    }

    private void take(TopicPartition at, Followed how, ArrayDeque<BusRecord> records, Batch batch) {
        int room = oneByOne > 0 ? 1 : BATCH_RECORDS;
        while (batch.parts.size() < room && batch.bytes < BATCH_BYTES) {
            BusRecord record = records.peek();
            if (record == null) {
                return;
            }
            Work work;
            try {
                work = work(record, how, batch);
            } catch (IllegalArgumentException unreadable) {
                stop(at, record.offset(), String.valueOf(unreadable.getMessage()));
                return;
            }
            if (mustWait(record, work)) {
                resumeAtMillis.put(at, clock.millis() + CLOCK_LOOK_MILLIS);
                hold(at);
                return;
            }
            if (work.newest.isAfter(batch.newest)) {
                batch.newest = work.newest;
            }
            if (how.maker == null && work != Work.NONE) {
                batch.changes.add(record);
            }
            Bytes value = record.value();
            batch.bytes += value == null ? 0 : value.length();
            batch.parts.add(new Batch.Part(how, work.step));
            batch.after.put(at, new Batch.Next(how, record.offset() + 1));
            records.poll();
        }
    }

    private boolean mustWait(BusRecord record, Work work) {
        TopicPartition at = record.at();
        long ahead = work.newest.millis() - clock.millis();
        if (ahead > CLOCK_BOUND_MILLIS) {
            alarms.put(at, new Alarm(Alarm.Kind.CLOCK_AHEAD, at, record.offset(), ahead + " ms ahead"));
            return true;
        }
        alarms.computeIfPresent(at, (same, alarm) -> alarm.kind() == Alarm.Kind.CLOCK_AHEAD ? null : alarm);
        return false;
    }

    private static Work work(BusRecord record, Followed how, Batch batch) {
        if (how.maker != null) {
            return how.maker.make(record);
        }
        Bytes value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("a replication record without a value");
        }
        Change change = ChangeCodec.decode(value.asBuffer());
        if (!change.tableId().equals(how.table)) {
            // Of an earlier table of this name: it has nothing to do with the one followed.
            return Work.NONE;
        }
        if (change.stamp().version().time().compareTo(how.ignoredUpTo) <= 0) {
            return Work.NONE;
        }
        if (how.schema != null) {
            RecordCheck.check(how.schema, change.key(), change.newImage());
        }
        return new Work(change.stamp().version().time(), transaction -> {
            batch.newestMillis = change.committedMillis();
            transaction.transaction(change.transactionId());
            batch.outcomes.add(Applier.apply(transaction, how.table, change.key(), change.newImage(), change.stamp()));
        });
    }
}
