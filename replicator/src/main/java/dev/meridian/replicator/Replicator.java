package dev.meridian.replicator;

import dev.meridian.conflict.Decision;
import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.TableId;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Headers;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.RecordLink;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.resilience.Pace;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one remote region: applies its changes here, in batches, each in one transaction with the positions that they
 * end at. What is not a change (heartbeats, control records) goes to those who asked for it.
 *
 * <p>A record that cannot be read, does not fit its table, or cannot be applied stops its partition; nothing is skipped
 * but what no Meridian wrote, which is kept as a {@link SetAside}. Redelivery is harmless.
 */
public final class Replicator implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);

    /** How far ahead of this region's wall clock a version may be, in milliseconds. */
    public static final long CLOCK_BOUND_MILLIS = 1_000;

    private static final int POLL_RECORDS = 1_000;
    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 4L << 20;

    /** Heartbeats of a region that are this much younger than what was found were sent behind it. */
    private static final long HEARD_AGAIN_MILLIS = 1_000;

    /** Heartbeats come several times a second: what the last one said may be out of date after this. */
    private static final long HEARD_LATELY_MILLIS = 3_000;

    /** No record of the partition is to be compared with the one that was read last. */
    private static final long NOT_LOOKED_AT = -1;

    /** How often a record that is ahead of the clock is looked at again. */
    private static final long CLOCK_LOOK_MILLIS = 500;

    private final RegionId origin;
    private final BusReader reader;
    private final ReplicaStore store;
    private final InstantSource clock;
    private final InstantSource steady;
    private final Runnable doorbell;

    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final Map<TopicPartition, Listener> listeners = new TreeMap<>();
    private final Map<TopicPartition, Followed> followed = new TreeMap<>();
    private final SortedMap<TopicPartition, ArrayDeque<Taken>> waiting = new TreeMap<>();
    private final Map<TopicPartition, Chain> chains = new TreeMap<>();

    /** Since when a partition has been known not to be the log that was read. */
    private final Map<TopicPartition, Long> otherLogSinceMillis = new ConcurrentSkipListMap<>();

    private final Map<TopicPartition, Long> resumeAtMillis = new TreeMap<>();
    private final AheadHeartbeats ahead = new AheadHeartbeats();
    private final AppliedMark mark = new AppliedMark();
    private final ClockSkew skew = new ClockSkew();
    private final Map<TopicPartition, LogPosition> positions = new ConcurrentSkipListMap<>();
    private final Map<TopicPartition, Alarm> alarms = new ConcurrentSkipListMap<>();
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong conflicts = new AtomicLong();
    private final AtomicLong setAside = new AtomicLong();
    private final AtomicInteger withdrawing = new AtomicInteger();
    private volatile @Nullable Batch inFlight;
    private volatile long lastHeardMillis;

    /** Of the last heartbeat that was heard, also of one that waits for the clock; null at first. */
    private volatile @Nullable SortedMap<TopicPartition, Long> heardEnds;

    private final Pace storePace;
    private volatile long lagMillis = -1;
    private volatile HybridTimestamp newestTaken = HybridTimestamp.ZERO;
    private final List<Consumer<AppliedRecord>> onApplied = new CopyOnWriteArrayList<>();
    private volatile boolean paused;
    private volatile SeenHistory seen = SeenHistory.NONE;
    private volatile @Nullable StoreIdentity lastStore;
    private volatile boolean behind;
    private boolean wasConnected = true;
    private boolean mustLookAgain;

    /** Invariant: true while a chain is unproven of a partition that is not stopped. */
    private boolean isLooking;

    /** Of the last heartbeat that counted. Records may have told of a later one. */
    private @Nullable Life heardLife;

    private volatile AppliedExcept appliedExcept = AppliedExcept.NOTHING;
    private Set<TableId> loading = Set.of();

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

        /** Whether a record without any header of Meridian's may be of an earlier release, as its shape says. */
        default boolean hasShape(BusRecord record) {
            return true;
        }
    }

    private record Listener(Recognition recognition, Consumer<BusRecord> consumer) {}

    /** A partition whose records go into a table. By identity: one that is followed anew is another. */
    private static final class Followed {
        final TableId table;
        final @Nullable KeySchema schema;
        final @Nullable WorkMaker maker;
        final Ignored ignored;
        final Recognition recognition;
        boolean restarted;

        Followed(TableId table, @Nullable KeySchema schema, @Nullable WorkMaker maker, Ignored ignored) {
            this.table = table;
            this.schema = schema;
            this.maker = maker;
            this.ignored = ignored;
            this.recognition =
                    maker == null ? Recognition.ofChanges() : new Recognition(RecordKind.COPY, maker::hasShape);
        }
    }

    /**
     * A record that follows those before it.
     *
     * @param link null if its topic has no chain
     * @param damage why the partition stops at this record; null if it does not
     */
    private record Taken(
            BusRecord record,
            @Nullable RecordLink link,
            boolean isJunk,
            @Nullable String damage) {}

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

        private record Next(Followed of, LogPosition place) {}

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
                    transaction.position(origin, at, next.place);
                }
            });
        }
    }

    /**
     * @param clock that versions are compared with
     * @param steady measures times between events; better one that does not jump
     * @param doorbell rung from other threads when a turn has something to do
     */
    public Replicator(
            RegionId origin,
            BusReader reader,
            ReplicaStore store,
            InstantSource clock,
            InstantSource steady,
            Runnable doorbell) {
        this.origin = origin;
        this.reader = reader;
        this.store = store;
        this.clock = clock;
        this.steady = steady;
        this.doorbell = doorbell;
        this.storePace = Pace.ofStore(steady);
        this.lastHeardMillis = steady.millis();
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
     * refuses with an {@link IllegalArgumentException} stops the partition; one that no Meridian wrote is set aside.
     */
    public void listen(TopicPartition at, long from, Recognition recognition, Consumer<BusRecord> listener) {
        later(() -> {
            listeners.put(at, new Listener(recognition, listener));
            reader.follow(Map.of(at, from));
        });
    }

    /**
     * Applies the records of a replication topic that are of this table, from the position kept or the beginning.
     *
     * @param ignored changes that are passed over: the region wrote them anew
     */
    public void follow(TopicPartition at, TableId table, KeySchema schema, Ignored ignored) {
        later(() -> start(at, new Followed(table, schema, null, ignored)));
    }

    /** Applies what {@code maker} makes of the records of a topic, to this table. */
    public void follow(TopicPartition at, TableId table, WorkMaker maker) {
        later(() -> start(at, new Followed(table, null, maker, Ignored.NOTHING)));
    }

    private void start(TopicPartition at, Followed how) {
        forget(at);
        followed.put(at, how);
        LogPosition from = store.positions(origin).getOrDefault(at, LogPosition.START);
        positions.put(at, from);
        noteSeen(from);
        if (from.clock().isAfter(newestTaken)) {
            // An earlier process applied it, and readers see it.
            newestTaken = from.clock();
        }
        readOn(at);
    }

    /** From the position up to which it is applied; not now, if this is paused: until then the log may be another. */
    private void readOn(TopicPartition at) {
        LogPosition from = positions.getOrDefault(at, LogPosition.START);
        Followed how = followed.get(at);
        boolean isKnown = how != null && how.maker == null && from.last() != null && from.next() > 0;
        chains.put(at, Chain.behind(from.last(), isKnown ? from.next() - 1 : NOT_LOOKED_AT));
        isLooking = true;
        if (!paused) {
            // From the record that was read last: it must still be there, also if none comes behind it.
            reader.follow(at, isKnown ? from.next() - 1 : from.next(), from.next(), from.topic());
        }
    }

    /** The region's bus was away, or its node has been started anew: its topics may have been put back meanwhile. */
    private void lookAgain() {
        followed.keySet().stream().filter(at -> !isStopped(at)).forEach(at -> {
            hold(at);
            readOn(at);
        });
    }

    private void noteSeen(LogPosition place) {
        if (place.life() != null) {
            seen = seen.with(place.life(), place.clock());
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
        otherLogSinceMillis.remove(at);
        chains.remove(at);
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
     * @param controlTopic which topic that is; null if it is not known
     * @param finalEnds of topics that the region no longer writes to
     * @param bar only what the region says above it counts
     * @param settled all that it will ever have issued up to here is applied
     * @param loadingNow tables that are being loaded: only of the others something is said
     */
    public void cover(
            long controlNext,
            @Nullable TopicId controlTopic,
            Map<TopicPartition, Long> finalEnds,
            HybridTimestamp bar,
            HybridTimestamp settled,
            Set<TableId> loadingNow) {
        later(() -> {
            loading = loadingNow;
            mark.cover(controlNext, controlTopic, finalEnds, bar, settled, loadingNow);
        });
    }

    /** A table is to be loaded: from now on until {@link #cover}, {@link #appliedThrough} says nothing. */
    public void withdraw() {
        withdrawing.incrementAndGet();
        later(() -> {
            mark.withdraw();
            // Before it may be asked for: it says what the mark said.
            appliedExcept = new AppliedExcept(HybridTimestamp.ZERO, appliedExcept.standing());
            withdrawing.decrementAndGet();
        });
    }

    /** The next offset to apply, of each partition followed. */
    public SortedMap<TopicPartition, Long> positions() {
        TreeMap<TopicPartition, Long> offsets = new TreeMap<>();
        positions.forEach((at, place) -> offsets.put(at, place.next()));
        return offsets;
    }

    /** What has been seen of the region's store, by its heartbeats and by the records that were applied. */
    public SeenHistory seen() {
        return seen;
    }

    /**
     * What had been seen before this process began: by heartbeats, and by records that were applied. To be called before
     * the first turn: whoever asks for {@link #seen} before that gets all of it.
     */
    public void remember(SeenHistory byHeartbeats) {
        List<LogPosition> places = new ArrayList<>(store.positions(origin).values());
        places.sort(Comparator.comparing(LogPosition::clock));
        seen = byHeartbeats;
        places.forEach(this::noteSeen);
    }

    /** Which topic a listener is told of, from within a turn; null if that is not known. */
    public @Nullable TopicId topicId(TopicPartition at) {
        return reader.topicId(at);
    }

    /** Who sent the last heartbeat; null if that is not known. */
    public @Nullable StoreIdentity lastStore() {
        return lastStore;
    }

    /**
     * Whether the region's store lacks something that was seen of it: it was put back to an earlier state and has not yet
     * rejoined. What it says does not count, and nothing is loaded from it.
     */
    public boolean isBehind() {
        return behind;
    }

    /**
     * Whether a partition that is no longer the log that was read may be given up, and the table be loaded anew: the
     * region has been heard since, for longer than something that it had said before can have been on its way, and it has
     * all that was seen of it.
     */
    public boolean mayLoadAnew(TopicPartition at) {
        Long since = otherLogSinceMillis.get(at);
        return since != null && !behind && lastHeardMillis - since >= HEARD_AGAIN_MILLIS;
    }

    /** Everything that the region issued up to this clock is applied here; zero if that cannot be said. */
    public HybridTimestamp appliedThrough() {
        HybridTimestamp through = mark.through();
        return withdrawing.get() == 0 ? through : HybridTimestamp.ZERO;
    }

    /**
     * The same of all tables but those that stand still. Tables are left out as long as one of their partitions has an
     * alarm that stops it, or they are being loaded.
     */
    public AppliedExcept appliedExcept() {
        AppliedExcept now = appliedExcept;
        return withdrawing.get() == 0 ? now : new AppliedExcept(HybridTimestamp.ZERO, now.standing());
    }

    private HybridTimestamp appliedThroughOfOthers() {
        HybridTimestamp ofAll = mark.through();
        HybridTimestamp ofOthers = appliedExcept.through();
        return ofOthers.isAfter(ofAll) ? ofOthers : ofAll;
    }

    /**
     * No version of the region that a reader here may have seen is above this clock: {@link #appliedThrough}, and what has
     * been applied or may be by now behind it.
     */
    public HybridTimestamp seenThrough() {
        HybridTimestamp through = appliedThroughOfOthers();
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

    /** Since the region's last heartbeat, which come several times a second; at first, since this was made. */
    public long silentMillis() {
        return Math.max(0, steady.millis() - lastHeardMillis);
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

    /** Records that no Meridian wrote, met since this was made; those read again count again. */
    public long setAside() {
        return setAside.get();
    }

    /** From commit there to commit here, of the last batch's newest record, by the two wall clocks; -1 at first. */
    public long lastLagMillis() {
        return lagMillis;
    }

    /**
     * Records that are published there and not yet applied here, as the region's last heartbeat says. Empty while that is
     * not known: the region was not heard lately, its bus is not reached, or its store lacks what was seen of it.
     */
    public OptionalLong pending() {
        SortedMap<TopicPartition, Long> ends = heardEnds;
        if (ends == null || behind || silentMillis() > HEARD_LATELY_MILLIS || !isConnected()) {
            return OptionalLong.empty();
        }
        long pending = 0;
        for (Map.Entry<TopicPartition, LogPosition> position : positions.entrySet()) {
            long end = ends.getOrDefault(position.getKey(), 0L);
            pending += Math.max(0, end - position.getValue().next());
        }
        return OptionalLong.of(pending);
    }

    /**
     * A heartbeat of the region; to be called from within a turn, by a listener. Like a version, a mark that is ahead of
     * this region's clock waits: else this region would say that it has seen what is not made yet, and drop it.
     *
     * @param sentMillis the region's wall clock when it was sent
     * @param heardMillis this region's wall clock now
     * @param self this region, about whose clock the heartbeat may tell
     */
    public void heard(Heartbeat heartbeat, long sentMillis, long heardMillis, RegionId self) {
        StoreIdentity store = heartbeat.store();
        behind = store != null && !store.includes(seen);
        lastStore = store;
        if (!behind) {
            heardEnds = heartbeat.ends();
            ahead.heard(heartbeat, clock.millis(), this::count);
        }
        lastHeardMillis = steady.millis();
        skew.heard(sentMillis, heardMillis, heartbeat.aheadMillis().get(self));
    }

    private void count(Heartbeat heartbeat) {
        StoreIdentity store = heartbeat.store();
        if (store != null) {
            Life life = store.history().life();
            if (!life.equals(heardLife)) {
                mustLookAgain = true;
            }
            heardLife = life;
            seen = seen.with(life, store.clock());
        }
        mark.heard(heartbeat);
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
            boolean isConnected = reader.isConnected();
            if (mustLookAgain || (isConnected && !wasConnected)) {
                mustLookAgain = false;
                lookAgain();
            }
            wasConnected = isConnected;
            work += poll();
            work += applyBatch();
        }
        ahead.due(clock.millis(), this::count);
        noteApplied();
        return work;
    }

    /** Positions count only in the logs that they are of. In most turns nothing is to be looked at. */
    private boolean mayBeOtherLogs() {
        isLooking = isLooking
                && chains.entrySet().stream()
                        .anyMatch(chain -> chain.getValue().isUnproven() && !isStopped(chain.getKey()));
        return mustLookAgain || isLooking;
    }

    private void noteApplied() {
        if (mayBeOtherLogs()) {
            return;
        }
        if (alarms.isEmpty() && loading.isEmpty()) {
            mark.note(positions, Set.of());
            if (!appliedExcept.standing().isEmpty() || !appliedExcept.through().equals(mark.through())) {
                appliedExcept = new AppliedExcept(mark.through(), new TreeMap<>());
            }
            return;
        }
        TreeMap<TableId, String> standing = new TreeMap<>();
        loading.forEach(table -> standing.put(table, "it is being loaded"));
        followed.forEach((at, how) -> {
            Alarm alarm = alarms.get(at);
            if (alarm != null && alarm.isStop()) {
                standing.putIfAbsent(how.table, alarm.toString());
            }
        });
        Set<TopicPartition> leftOut = new TreeSet<>();
        followed.forEach((at, how) -> {
            if (standing.containsKey(how.table)) {
                leftOut.add(at);
            }
        });
        mark.note(positions, leftOut);
        AppliedExcept now = new AppliedExcept(mark.throughOfOthers(), standing);
        if (!now.equals(appliedExcept)) {
            appliedExcept = now;
        }
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
            noteSeen(next.place);
            if (followed.get(at) == next.of) {
                positions.put(at, next.place);
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
            AppliedRecord record = new AppliedRecord(
                    change.at(),
                    change.offset(),
                    change.timestampMillis(),
                    publishedMillis(change),
                    batch.takenMillis,
                    now);
            onApplied.forEach(listener -> listener.accept(record));
        }
    }

    /** Negative if that is not known. */
    private static long publishedMillis(BusRecord change) {
        String published = change.headers().get(Headers.PUBLISHED);
        try {
            return published == null ? -1 : Long.parseLong(published);
        } catch (NumberFormatException broken) {
            return -1;
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
                    stop(at, next.place.next() - 1, "cannot be applied: " + failure);
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
        ArrayDeque<Taken> records = waiting.get(at);
        if (records != null) {
            records.clear();
        }
    }

    private boolean isStopped(TopicPartition at) {
        Alarm alarm = alarms.get(at);
        return alarm != null && alarm.isStop();
    }

    /**
     * The partition is not the log that was read. If the region has rejoined since, all that counts lies behind what is
     * ignored, and the new log is read from its beginning; else nothing is followed on.
     */
    private void otherLog(TopicPartition at, Followed how, String reason) {
        // A copy that was lost is published again, whole.
        boolean isCopy = how.maker != null;
        if (isCopy || (!how.restarted && how.ignored.upTo().isAfter(HybridTimestamp.ZERO))) {
            how.restarted = true;
            positions.put(at, LogPosition.START);
            restartFrom(at, how, 0);
            return;
        }
        LogPosition place = positions.getOrDefault(at, LogPosition.START);
        alarms.put(at, new Alarm(Alarm.Kind.OTHER_LOG, at, place.next(), reason));
        otherLogSinceMillis.putIfAbsent(at, steady.millis());
        hold(at);
    }

    private void restartFrom(TopicPartition at, Followed how, long start) {
        ArrayDeque<Taken> records = waiting.get(at);
        if (records != null) {
            records.clear();
        }
        chains.put(at, Chain.fromTheStart(how.ignored.upTo()));
        reader.follow(at, start, null);
    }

    /** @return false if the partition is read from elsewhere now, so that what came behind the record does not count */
    private boolean takeIn(BusRecord record, Followed how) {
        TopicPartition at = record.at();
        Chain chain = chains.get(at);
        if (chain != null) {
            chain.arrived(record);
        }
        ArrayDeque<Taken> records = waiting.computeIfAbsent(at, unused -> new ArrayDeque<>());
        if (!records.isEmpty() && records.getLast().damage != null) {
            return true;
        }
        RecordLink link = null;
        try {
            if (how.recognition.isJunk(record)) {
                if (chain != null) {
                    chain.passOver(record);
                }
                records.add(new Taken(record, null, true, null));
                return true;
            }
            if (chain != null && chain.looksAt(record)) {
                if (chain.isLast(record)) {
                    return true;
                }
                otherLog(
                        at,
                        how,
                        "another history: the record at offset " + record.offset() + " is not the one that was read");
                return false;
            }
            if (how.maker == null && chain != null) {
                if (chain.beginsTooLate(record)) {
                    lost(at, "the oldest record kept is at offset " + record.offset());
                    return false;
                }
                link = chain.take(record);
                if (link == null) {
                    otherLog(
                            at,
                            how,
                            "another history: the record at offset " + record.offset()
                                    + " does not follow those that were read");
                    return false;
                }
            }
            records.add(new Taken(record, link, false, null));
        } catch (IllegalArgumentException damaged) {
            records.add(new Taken(record, null, false, String.valueOf(damaged.getMessage())));
        }
        return true;
    }

    private int poll() {
        noteLost();
        noteDamaged();
        resumeAtMillis.entrySet().removeIf(resume -> {
            boolean due = DueTime.isReached(resume.getValue(), CLOCK_LOOK_MILLIS, clock.millis());
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
        Set<TopicPartition> turned = new HashSet<>();
        for (BusRecord record : polled) {
            TopicPartition at = record.at();
            Listener listener = listeners.get(at);
            Followed how = followed.get(at);
            if (isStopped(at) || turned.contains(at)) {
                continue;
            }
            if (listener != null) {
                tell(listener, record);
            } else if (!paused && how != null && !takeIn(record, how)) {
                turned.add(at);
            }
        }
        return polled.size();
    }

    private void noteDamaged() {
        reader.damaged().forEach((at, damage) -> {
            ArrayDeque<Taken> before = waiting.get(at);
            if (before == null || before.isEmpty()) {
                stop(at, damage.offset(), damage.reason());
            }
        });
    }

    private void noteLost() {
        reader.lost().forEach((at, what) -> {
            Followed how = followed.get(at);
            if (listeners.containsKey(at)) {
                // Of what is only listened to, the latest counts.
                reader.follow(at, what.start(), null);
            } else if (how != null) {
                LogPosition place = positions.getOrDefault(at, LogPosition.START);
                String reason = LostReason.of(what, place.topic(), place.next());
                if (what.reason() != BusReader.Reason.EXPIRED) {
                    otherLog(at, how, reason);
                } else if (what.start() <= place.next() && !place.equals(LogPosition.START)) {
                    // Only the record that was read last is gone.
                    chains.put(at, Chain.behind(place.last()));
                    reader.follow(at, place.next(), place.topic());
                } else if (how.restarted && place.equals(LogPosition.START)) {
                    restartFrom(at, how, what.start());
                } else {
                    lost(at, reason);
                }
            }
        });
    }

    private void lost(TopicPartition at, String reason) {
        Alarm lost = new Alarm(
                Alarm.Kind.LOST,
                at,
                positions.getOrDefault(at, LogPosition.START).next(),
                reason);
        // What waited for the clock may have gone meanwhile; what cannot be read is the first thing to mend.
        alarms.merge(at, lost, (known, now) -> known.kind() == Alarm.Kind.CLOCK_AHEAD ? now : known);
        hold(at);
    }

    private void tell(Listener listener, BusRecord record) {
        try {
            if (listener.recognition.isJunk(record)) {
                SetAside junk = setAside(record);
                // It is read again if this process ends before; the store's own failures are no reason to stop.
                store.transact(junk::keep).whenComplete((unused, failure) -> doorbell.run());
                return;
            }
            listener.consumer.accept(record);
        } catch (IllegalArgumentException unreadable) {
            stop(record.at(), record.offset(), String.valueOf(unreadable.getMessage()));
        }
    }

    private SetAside setAside(BusRecord junk) {
        setAside.incrementAndGet();
        LOG.warn("{} at offset {}: a record that no Meridian wrote is set aside", junk.at(), junk.offset());
        return SetAside.of(junk, reader.topicId(junk.at()));
    }

    private int applyBatch() {
        Batch batch = new Batch();
        for (Iterator<Map.Entry<TopicPartition, ArrayDeque<Taken>>> all =
                        waiting.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<TopicPartition, ArrayDeque<Taken>> partition = all.next();
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

    private void take(TopicPartition at, Followed how, ArrayDeque<Taken> records, Batch batch) {
        int room = oneByOne > 0 ? 1 : BATCH_RECORDS;
        while (batch.parts.size() < room && batch.bytes < BATCH_BYTES) {
            Taken next = records.peek();
            if (next == null) {
                return;
            }
            BusRecord record = next.record();
            Work work;
            LogPosition behind;
            try {
                if (next.damage != null) {
                    throw new IllegalArgumentException(next.damage);
                }
                work = next.isJunk ? new Work(HybridTimestamp.ZERO, setAside(record)::keep) : work(record, how, batch);
                behind = next.isJunk ? behindJunk(at, record, batch) : behind(next, work);
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
            if (how.maker == null && !next.isJunk && work != Work.NONE) {
                batch.changes.add(record);
            }
            Bytes value = record.value();
            batch.bytes += value == null ? 0 : value.length();
            batch.parts.add(new Batch.Part(how, work.step));
            batch.after.put(at, new Batch.Next(how, behind));
            records.poll();
        }
    }

    /** The last record of Meridian's stays the one before. */
    private LogPosition behindJunk(TopicPartition at, BusRecord junk, Batch batch) {
        Batch.Next taken = batch.after.get(at);
        LogPosition before = taken == null ? positions.getOrDefault(at, LogPosition.START) : taken.place;
        return new LogPosition(junk.offset() + 1, reader.topicId(at), before.last(), before.life(), before.clock());
    }

    /** What is passed over has not been seen: a region may take it back. */
    private LogPosition behind(Taken taken, Work work) {
        BusRecord record = taken.record();
        TopicId topic = reader.topicId(record.at());
        String life = record.headers().get(Headers.LIFE);
        String version = record.headers().get(Headers.VERSION);
        return life == null || version == null || work == Work.NONE
                ? new LogPosition(record.offset() + 1, topic, taken.link())
                : new LogPosition(
                        record.offset() + 1,
                        topic,
                        taken.link(),
                        Life.parse(life),
                        Headers.version(version).time());
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
        if (how.ignored.covers(change.sequence(), change.stamp().version().time())) {
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
