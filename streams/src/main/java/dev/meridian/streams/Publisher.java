package dev.meridian.streams;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one lane's change rows from the store to the bus, in order, each row once.
 *
 * <p>Where to go on is read from the topic itself: behind the last row that really is there. The stream lane's writer
 * fences its predecessor, so that nothing of a dead process can land behind that point, and appends whole batches or
 * nothing. The replication lane does without, for it would cost lag: a late duplicate from a dead process is the same
 * version again, which a replicator drops.
 *
 * <p>Nothing here blocks; whatever happens elsewhere comes back through a mailbox that {@link #turn} empties.
 */
public final class Publisher implements Duty, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** Rows in one append: what waits goes in few transactions, for each costs as much as sending some hundred rows. */
    private static final int BATCH_ROWS = 2_000;

    /** Bytes in one append: many producer batches, and at least one row of any size. */
    private static final int BATCH_BYTES = 4 << 20;

    /** Of fewer rows it cannot be told whether the lane is busy. */
    private static final int BUSY_ROWS_MIN = 16;

    /** Reached at 7,500 rows a second. */
    private static final long REPLICATION_GATHER_MILLIS_MAX = 25;

    /** The longer of the two lanes'. */
    private static final long STREAM_GATHER_MILLIS = 50;

    private static final long MARK_MILLIS = 200;

    /** A broker that is there answers in milliseconds; a batch that is not answered is never given up. */
    private static final long ANSWER_MILLIS = 5_000;

    private static final long REPLICATION_RETENTION_MILLIS = Duration.ofDays(7).toMillis();

    /** How often it is looked whether topics in which nothing is published are as they were. */
    private static final long LOOK_MILLIS = 60_000;

    /** A topic that the bus refuses to make is asked for again after this long. */
    private static final long REFUSED_MILLIS = 10_000;

    /** A topic that holds what the store does not know is looked at again after this long: the store may have rejoined. */
    private static final long FOREIGN_MILLIS = 500;

    private static final long NEVER = Long.MAX_VALUE;

    private final RegionId region;
    private final Lane lane;
    private final ChangeLog log;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final RecordFormat format;
    private final Runnable doorbell;

    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final Map<ChangePartition, Progress> progress = new LinkedHashMap<>();
    private final ArrayDeque<Batch> inFlight = new ArrayDeque<>();
    private final Map<ChangePartition, ChangeLog.Published> unmarked = new HashMap<>();
    private final Map<TopicPartition, LogPosition> ends = new ConcurrentHashMap<>();
    private final Map<TopicPartition, String> alarms = new ConcurrentHashMap<>();

    /** Their last records are not this store's: it is older than its topics. */
    private final Set<TopicPartition> foreign = ConcurrentHashMap.newKeySet();

    /** Partitions whose topics are not as they were left: to be looked at until they are, whether something waits or not. */
    private final Set<ChangePartition> suspects = new LinkedHashSet<>();

    /** Of those, the ones that have not been looked at: until they are, nothing is said of what is published. */
    private final Set<ChangePartition> unresolved = new HashSet<>();

    private volatile Consumer<TopicLoss> onLoss = loss -> {};
    private volatile boolean doubted;
    private long lookAtMillis;
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private @Nullable BusWriter writer;
    private long generation;
    private volatile boolean opened;
    private final Pace pace;
    private long gatherUntilMillis;
    private long lastSentMillis;
    private long markAtMillis;
    private volatile State state = State.OPENING;
    private volatile SequenceNumber publishedThrough = SequenceNumber.NONE;

    /** For health and people. */
    public enum State {
        OPENING,
        RUNNING,
        BUS_AWAY,
        /** Another process publishes for this region. */
        FENCED
    }

    /** How far one partition is. */
    private static final class Progress {
        final TopicPartition at;
        boolean known;
        /** When the topic, of which nothing can be said now, is looked at again; unless that is so, never. */
        long lookAgainAtMillis = NEVER;
        /** Up to here it is in the topic. */
        SequenceNumber acknowledged = SequenceNumber.NONE;
        /** Up to here it is read from the log. */
        SequenceNumber read = SequenceNumber.NONE;
        /** Until then nothing more is read: the next row is damaged. */
        long stoppedUntilMillis;
        /** The topic that it is in, once known. */
        @Nullable
        TopicId topic;
        /** The last record made of what was read. */
        RecordLink last = RecordLink.NONE;

        Progress(TopicPartition at) {
            this.at = at;
        }

        boolean isToBeLookedAt(long nowMillis) {
            return lookAgainAtMillis != NEVER && DueTime.isReached(lookAgainAtMillis, REFUSED_MILLIS, nowMillis);
        }
    }

    private record Row(ChangePartition partition, SequenceNumber sequence, RecordLink link) {}

    private static final class Batch {
        final List<Row> rows = new ArrayList<>();
        final List<BusRecord> records = new ArrayList<>();

        @Nullable
        List<Long> offsets;

        final long sentMillis;

        Batch(long sentMillis) {
            this.sentMillis = sentMillis;
        }
    }

    /**
     * @param policy of the bus
     * @param doorbell rung from other threads when a turn has something to do
     */
    public Publisher(
            RegionId region,
            Lane lane,
            ChangeLog log,
            OrderedBus bus,
            CallPolicy policy,
            InstantSource clock,
            Runnable doorbell) {
        this.region = region;
        this.lane = lane;
        this.log = log;
        this.bus = bus;
        this.pace = policy.pace();
        this.clock = clock;
        this.doorbell = doorbell;
        this.format = switch (lane) {
            case REPLICATION -> new ReplicationFormat(clock);
            case STREAM -> new StreamFormat(region);
        };
        log.onCommit(doorbell);
    }

    public State state() {
        return state;
    }

    /** Every row for this lane up to and including this number is in its topic. */
    public SequenceNumber publishedThrough() {
        return publishedThrough;
    }

    /** From now on told what topics have lost, from within a turn. */
    public void onLoss(Consumer<TopicLoss> listener) {
        onLoss = listener;
    }

    /** The bus has failed elsewhere, or lost something: it is looked at whether the topics are as they were. From any thread. */
    public void doubt() {
        doubted = true;
        doorbell.run();
    }

    /** Whether own topics hold what the store does not know: it must rejoin before anything more is published there. */
    public boolean hasForeignTails() {
        return !foreign.isEmpty();
    }

    /**
     * Whether the topics have been compared with what was published since the bus failed last. If not, the bus may have lost
     * some of what {@link #publishedThrough} tells of, and {@link #ends} does not say so.
     */
    public boolean isCertain() {
        return opened;
    }

    /** For the partitions that this process has looked at: behind the last row known to be in the topic. */
    public SortedMap<TopicPartition, LogPosition> ends() {
        return new TreeMap<>(ends);
    }

    /** Partitions that stand still, and why; they are looked at again and again. The others go on. */
    public SortedMap<TopicPartition, String> alarms() {
        return new TreeMap<>(alarms);
    }

    /** Begins nothing with this topic, which is to be deleted, until {@link #release}. From any thread. */
    public void hold(String topic) {
        held.add(topic);
    }

    /** The topic is gone, or stays: it is made if there is something to publish. */
    public void release(String topic) {
        ends.keySet().removeIf(at -> at.topic().equals(topic));
        alarms.keySet().removeIf(at -> at.topic().equals(topic));
        foreign.removeIf(at -> at.topic().equals(topic));
        held.remove(topic);
        doorbell.run();
    }

    public boolean isHeld(String topic) {
        return held.contains(topic);
    }

    /** Rows committed behind {@link #publishedThrough}, of any lane: no more than these wait. */
    public long backlog() {
        return Math.max(0, log.last().value() - publishedThrough.value());
    }

    @Override
    public int turn() {
        int work = 0;
        for (Runnable letter = mailbox.poll(); letter != null; letter = mailbox.poll()) {
            letter.run();
            work++;
        }
        if (writer == null) {
            return work + open();
        }
        if (!opened) {
            return work;
        }
        work += lookAgain();
        SequenceNumber last = log.last();
        List<ChangePartition> pending = log.pending(lane);
        work += lookAtNew(pending);
        work += send(pending);
        notePublished(last, pending);
        noteAnswers();
        mark();
        return work;
    }

    private int open() {
        if (!pace.isDue()) {
            return 0;
        }
        BusWriter opening = bus.writer(region + "." + lane.name().toLowerCase(java.util.Locale.ROOT), fencing());
        writer = opening;
        generation++;
        later(opening.open(), (unused, failure) -> {
            if (failure == null) {
                comparePlaces();
            } else {
                giveUp("cannot open", failure);
            }
        });
        return 1;
    }

    /** Whether the topics are still those that were left, and as long. */
    private void comparePlaces() {
        Map<TopicPartition, ChangePartition> placed = new TreeMap<>();
        log.placed(lane).forEach(partition -> placed.put(at(partition), partition));
        later(logEnds(placed.keySet()), (found, failure) -> {
            if (failure != null) {
                giveUp("cannot see its topics", failure);
                return;
            }
            placed.forEach((at, partition) -> {
                LogPosition place = log.place(lane, partition);
                if (place != null && found.holds(at, place, fencing())) {
                    // Heartbeats name the topic of each partition, also of those in which nothing is published.
                    ends.put(at, new LogPosition(place.next(), found.topics.get(at.topic()), place.last()));
                } else if (place != null) {
                    suspects.add(partition);
                    unresolved.add(partition);
                }
            });
            // What was appended before may be lost, also of rows that were not marked yet.
            publishedThrough = SequenceNumber.NONE;
            opened = true;
            state = State.RUNNING;
        });
    }

    private CompletionStage<LogEnds> logEnds(Set<TopicPartition> partitions) {
        Set<String> topics = new LinkedHashSet<>();
        partitions.forEach(at -> topics.add(at.topic()));
        return bus.topicIds(topics).thenCombine(bus.ends(partitions), LogEnds::new);
    }

    /** Topics as they are now. */
    private record LogEnds(Map<String, TopicId> topics, Map<TopicPartition, Long> ends) {
        boolean reaches(TopicPartition at, LogPosition end) {
            TopicId topic = topics.get(at.topic());
            return topic != null && !end.isOfAnother(topic) && ends.getOrDefault(at, 0L) >= end.next();
        }

        /** Whether nothing has become of a partition since; behind a transaction lies the record that ends it. */
        boolean holds(TopicPartition at, LogPosition place, Fencing fencing) {
            TopicId topic = topics.get(at.topic());
            long behind = ends.getOrDefault(at, 0L) - place.next();
            return topic != null
                    && !place.isOfAnother(topic)
                    && (behind == 0 || (behind == 1 && fencing == Fencing.FENCED));
        }
    }

    /** A topic may be lost or cut short while nothing is published in it: nobody would notice. */
    private int lookAgain() {
        boolean isDue = DueTime.isReached(lookAtMillis, LOOK_MILLIS, clock.millis());
        if (!doubted && !isDue) {
            return 0;
        }
        doubted = false;
        lookAtMillis = clock.millis() + LOOK_MILLIS;
        Map<TopicPartition, LogPosition> known = new TreeMap<>(ends);
        later(logEnds(known.keySet()), (found, failure) -> {
            if (failure != null) {
                // Whoever appends next will say so.
                return;
            }
            known.forEach((at, end) -> {
                if (opened && !held.contains(at.topic()) && !found.reaches(at, end)) {
                    giveUp(
                            "finds that " + at + " was lost or cut short",
                            new BusUnavailableException(
                                    "it does not end behind offset " + end.next(), new IllegalStateException("lost")));
                }
            });
        });
        return 1;
    }

    private TopicPartition at(ChangePartition partition) {
        return new TopicPartition(
                TopicNames.of(lane, region, partition.table(), partition.tableId()), partition.partition());
    }

    private Fencing fencing() {
        return switch (lane) {
            case REPLICATION -> Fencing.NONE;
            case STREAM -> Fencing.FENCED;
        };
    }

    /** Handles a result in a later turn, unless this publisher has started anew by then. */
    private <T> void later(CompletionStage<T> stage, BiConsumer<T, @Nullable Throwable> handler) {
        long made = generation;
        stage.whenComplete((result, failure) -> {
            mailbox.add(() -> {
                if (made == generation) {
                    handler.accept(result, failure);
                }
            });
            doorbell.run();
        });
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private void giveUp(String what, Throwable failure) {
        boolean fenced = cause(failure) instanceof WriterFencedException;
        state = fenced ? State.FENCED : State.BUS_AWAY;
        LOG.warn("{} {} publisher: {}: {}", region, lane, what, failure.getMessage());
        BusWriter failed = writer;
        if (failed != null) {
            failed.close();
        }
        writer = null;
        opened = false;
        generation++;
        inFlight.clear();
        progress.clear();
        suspects.clear();
        unresolved.clear();
        foreign.clear();
        // It may not be there any more: what is, is looked at anew.
        unmarked.clear();
        ends.clear();
        pace.failed(cause(failure));
    }

    private void noteAnswers() {
        Batch oldest = inFlight.peek();
        if (opened) {
            boolean silent = oldest != null && clock.millis() - oldest.sentMillis >= ANSWER_MILLIS;
            state = silent ? State.BUS_AWAY : State.RUNNING;
        }
    }

    private int lookAtNew(List<ChangePartition> pending) {
        BusWriter open = writer;
        if (open == null) {
            return 0;
        }
        int work = 0;
        for (ChangePartition partition : suspects.isEmpty() ? pending : withSuspects(pending)) {
            Progress seen = progress.get(partition);
            TopicPartition at = seen == null ? at(partition) : seen.at;
            boolean isNew = seen == null || seen.isToBeLookedAt(clock.millis());
            if (isNew && !held.contains(at.topic())) {
                suspects.remove(partition);
                progress.put(partition, new Progress(at));
                CompletionStage<Tail> asked = bus.ensureTopic(topic(at.topic(), partition))
                        .thenCompose(unused -> settled(open, at))
                        .thenCompose(unused -> bus.tail(at, Recognition::isMarked));
                later(asked, (tail, failure) -> looked(partition, at, tail, failure));
                work++;
            }
        }
        return work;
    }

    private void looked(ChangePartition partition, TopicPartition at, Tail tail, @Nullable Throwable failure) {
        if (failure == null) {
            try {
                goOnBehind(partition, tail);
            } catch (IllegalArgumentException unreadable) {
                stop(partition, at, "the last record of " + at + " cannot be read: " + unreadable.getMessage());
            }
        } else if (cause(failure) instanceof TopicRefusedException refused) {
            stop(partition, at, String.valueOf(refused.getMessage()));
        } else {
            giveUp("cannot see the end of " + at, failure);
        }
    }

    /** What waits, and what is to be looked at though nothing waits; those of tables that have gone are forgotten. */
    private Set<ChangePartition> withSuspects(List<ChangePartition> pending) {
        Set<ChangePartition> there = new HashSet<>(log.placed(lane));
        there.addAll(pending);
        suspects.removeIf(partition -> {
            boolean isGone = !there.contains(partition);
            if (isGone) {
                unresolved.remove(partition);
                foreign.remove(at(partition));
            }
            return isGone;
        });
        Set<ChangePartition> all = new LinkedHashSet<>(pending);
        all.addAll(suspects);
        return all;
    }

    /** It concerns this table only: the others go on. */
    private void stop(ChangePartition partition, TopicPartition at, String why) {
        Progress here = progress.get(partition);
        if (here != null) {
            here.lookAgainAtMillis = clock.millis() + REFUSED_MILLIS;
            suspects.add(partition);
            unresolved.remove(partition);
            LOG.error("{}: {}", region, why);
            alarms.put(at, why);
        }
    }

    private CompletionStage<Void> settled(BusWriter open, TopicPartition at) {
        return fencing() == Fencing.FENCED ? open.settle(at) : java.util.concurrent.CompletableFuture.allOf();
    }

    private TopicSpec topic(String name, ChangePartition partition) {
        TopicSettings settings = log.topics(partition);
        long retention =
                switch (lane) {
                    case REPLICATION -> REPLICATION_RETENTION_MILLIS;
                    case STREAM -> settings.retentionOfNewStream();
                };
        return new TopicSpec(name, partition.partitions(), retention, false, settings.replicationFactor());
    }

    private void goOnBehind(ChangePartition partition, Tail tail) {
        Progress here = progress.get(partition);
        if (here == null) {
            return;
        }
        LogPosition place = log.place(lane, partition);
        if (place != null && (place.isOfAnother(tail.topic()) || tail.end() < place.next())) {
            publishAgain(partition, here, place, tail);
            return;
        }
        unresolved.remove(partition);
        SequenceNumber reached = lastRowIn(partition, tail);
        if (!isOfThisStore(partition, reached, tail, log.cursor(lane, partition))) {
            BusRecord last = tail.last().orElseThrow();
            String alarm = "topic " + here.at.topic() + ", partition " + here.at.partition() + ", offset "
                    + last.offset() + ": row " + reached + " is not this store's, which is at " + log.last()
                    + "; nothing more is published there until the store has rejoined";
            LOG.error("{}: {}", region, alarm);
            alarms.put(here.at, alarm);
            foreign.add(here.at);
            suspects.add(partition);
            here.lookAgainAtMillis = clock.millis() + FOREIGN_MILLIS;
            return;
        }
        // The last record may be of the store before this one, which counted its rows for itself.
        boolean isOwn = isKept(partition, reached, tail) || (place != null && place.next() != tail.end());
        SequenceNumber from = isOwn ? reached : log.cursor(lane, partition);
        RecordLink link = lastLink(place, tail);
        pace.succeeded();
        alarms.remove(here.at);
        foreign.remove(here.at);
        LOG.debug("{} goes on behind row {}, at offset {}", here.at, from, tail.end());
        here.known = true;
        here.acknowledged = from;
        here.read = from;
        here.topic = tail.topic();
        here.last = link;
        LogPosition end = new LogPosition(tail.end(), tail.topic(), here.last);
        ends.put(here.at, end);
        if (from.value() > 0) {
            unmarked.put(partition, new ChangeLog.Published(from, end));
        }
    }

    /** The last record, or what the chain goes on from though it is not there. */
    private static RecordLink lastLink(@Nullable LogPosition place, Tail tail) {
        RecordLink kept = place == null || place.next() != tail.end() ? null : place.last();
        return kept != null ? kept : tail.last().map(RecordLink::of).orElse(RecordLink.NONE);
    }

    /**
     * The topic no longer holds what was acknowledged: its rows are published again as far as they are kept. If some are
     * not, the chain is broken on purpose, so that whoever has read as far as the topic goes now does not go on as if
     * nothing were missing.
     */
    private void publishAgain(ChangePartition partition, Progress here, LogPosition place, Tail tail) {
        boolean isReplaced = place.isOfAnother(tail.topic());
        SequenceNumber reached = isReplaced ? SequenceNumber.NONE : lastRowIn(partition, tail);
        SequenceNumber before = log.cursor(lane, partition);
        List<Change> next = next(partition, reached);
        boolean isContinued = !isReplaced && keeps(partition, reached);
        boolean isWhole = isContinued || hasAll(partition);
        TopicLoss.Kind kind = isReplaced ? TopicLoss.Kind.REPLACED : TopicLoss.Kind.CUT_SHORT;
        // What a cursor tells is of the topic that was there before.
        SequenceNumber known = isReplaced ? SequenceNumber.NONE : before;
        boolean isForeign = !isOfThisStore(partition, lastRowIn(partition, tail), tail, known);
        TopicLoss loss = new TopicLoss(
                lane,
                partition,
                here.at,
                isForeign ? TopicLoss.Kind.FOREIGN : kind,
                before,
                next.isEmpty() ? SequenceNumber.NONE : next.get(0).sequence(),
                isWhole);
        if (isWhole || isForeign) {
            LOG.warn("{}: {}", region, loss.describe());
        } else {
            LOG.error("{}: {}", region, loss.describe());
        }
        RecordLink from = isContinued ? tail.last().map(RecordLink::of).orElse(RecordLink.NONE) : place.last();
        LogPosition behind = new LogPosition(tail.end(), tail.topic(), from);
        publishedThrough = SequenceNumber.NONE;
        ends.remove(here.at);
        unmarked.remove(partition);
        later(log.rewind(lane, Map.of(partition, new ChangeLog.Published(reached, behind))), (unused, failure) -> {
            if (failure != null) {
                giveUp("cannot go back to row " + reached, failure);
                return;
            }
            progress.remove(partition);
            if (isForeign) {
                suspects.add(partition);
            } else {
                unresolved.remove(partition);
            }
            onLoss.accept(loss);
        });
    }

    /** A store that has rejoined may lack rows that the one before it had published. */
    private boolean hasAll(ChangePartition partition) {
        return log.history().settled().equals(HybridTimestamp.ZERO) && log.hasAll(partition);
    }

    /** The next row, if there is one that can be read. */
    private List<Change> next(ChangePartition partition, SequenceNumber after) {
        try {
            return log.read(lane, partition, after, 1, 1);
        } catch (DamagedRowException damaged) {
            return List.of();
        }
    }

    /** Whether a row is still in the store: then so are all behind it. */
    private boolean keeps(ChangePartition partition, SequenceNumber row) {
        if (row.equals(SequenceNumber.NONE)) {
            return false;
        }
        List<Change> here = next(partition, new SequenceNumber(row.value() - 1));
        return !here.isEmpty() && here.get(0).sequence().equals(row);
    }

    /** The last row of this very table that is in the topic. What the topic lost, the log may still have. */
    private SequenceNumber lastRowIn(ChangePartition partition, Tail tail) {
        if (tail.last().isEmpty()) {
            boolean expired = tail.start() > 0;
            return expired ? log.cursor(lane, partition) : SequenceNumber.NONE;
        }
        BusRecord last = tail.last().get();
        boolean ours = partition.tableId().toString().equals(last.headers().get(Headers.TABLE_ID));
        return ours ? new SequenceNumber(RecordLink.of(last).sequence()) : SequenceNumber.NONE;
    }

    /**
     * Whether this store knows the row as its own. A store that was lost and begun anew counts its rows from 1 again, one
     * that was put back counts from where its copy was: to go on behind what the other one published would pass over new
     * rows. A store that has rejoined is above all that.
     *
     * @param published up to which row this store knows of having filled this very topic, whether it keeps them or not
     */
    private boolean isOfThisStore(
            ChangePartition partition, SequenceNumber reached, Tail tail, SequenceNumber published) {
        if (reached.equals(SequenceNumber.NONE) || tail.last().isEmpty()) {
            return true;
        }
        String version = versionOf(tail.last().get());
        HybridTimestamp settled = log.history().settled();
        if (settled.isAfter(HybridTimestamp.ZERO)
                && reached.compareTo(log.last()) <= 0
                && Headers.version(version).time().compareTo(settled) <= 0) {
            return true;
        }
        return keeps(partition, reached) ? isKept(partition, reached, tail) : reached.compareTo(published) <= 0;
    }

    /** Whether the last record of a topic is made of a row that is still in the store. */
    private boolean isKept(ChangePartition partition, SequenceNumber row, Tail tail) {
        if (row.equals(SequenceNumber.NONE) || tail.last().isEmpty()) {
            return false;
        }
        List<Change> here = next(partition, new SequenceNumber(row.value() - 1));
        return !here.isEmpty()
                && here.get(0).sequence().equals(row)
                && Headers.text(here.get(0).stamp().version())
                        .equals(versionOf(tail.last().get()));
    }

    private String versionOf(BusRecord record) {
        String version = record.headers().get(Headers.VERSION);
        return version == null ? Headers.text(new Version(HybridTimestamp.ZERO, region)) : version;
    }

    private int send(List<ChangePartition> pending) {
        BusWriter open = writer;
        int sent = 0;
        while (open != null && inFlight.size() < open.maxInFlight() && isWorthSending()) {
            Batch batch = collect(pending);
            if (batch.rows.isEmpty()) {
                break;
            }
            inFlight.add(batch);
            sent += batch.rows.size();
            gather(batch);
            later(open.append(batch.records), (offsets, failure) -> {
                if (failure == null) {
                    batch.offsets = offsets;
                    acknowledge();
                } else {
                    giveUp("cannot append", failure);
                }
            });
        }
        return sent;
    }

    /**
     * From three rows in two milliseconds on a lane is busy: each request has a price of its own, here and in each region
     * that commits what it brings, so that the next one waits until it is worth its while.
     */
    private void gather(Batch sent) {
        long sinceMillis = Math.max(1, sent.sentMillis - lastSentMillis);
        boolean isBusy = sent.rows.size() >= Math.max(BUSY_ROWS_MIN, 3 * sinceMillis / 2);
        gatherUntilMillis = isBusy ? sent.sentMillis + gatherMillis(sent.rows.size() / (double) sinceMillis) : 0;
        lastSentMillis = sent.sentMillis;
    }

    /**
     * How much longer a change may be under way for that. Other regions wait for it, so that it is no longer than the rate
     * makes necessary: 5 ms at 1,500 rows a second. A transaction costs as much as some hundred rows.
     */
    private long gatherMillis(double rowsPerMilli) {
        return switch (lane) {
            case REPLICATION -> Math.min(REPLICATION_GATHER_MILLIS_MAX, Math.round(rowsPerMilli * 10 / 3));
            case STREAM -> STREAM_GATHER_MILLIS;
        };
    }

    /**
     * Behind a transaction that is under way only a full one is made ready: a few rows would be one more to wait for to
     * those that come after them.
     */
    private boolean isWorthSending() {
        return inFlight.isEmpty() || fencing() == Fencing.NONE
                ? DueTime.isReached(gatherUntilMillis, STREAM_GATHER_MILLIS, clock.millis()) || backlog() >= BATCH_ROWS
                : backlog() >= 2L * BATCH_ROWS;
    }

    private boolean hasMore(ChangePartition partition, Progress here) {
        return log.newest(lane, partition).compareTo(here.read) > 0;
    }

    private Batch collect(List<ChangePartition> pending) {
        Batch batch = new Batch(clock.millis());
        Life life = log.history().life();
        int bytes = 0;
        for (ChangePartition partition : pending) {
            Progress here = progress.get(partition);
            boolean isFull = batch.rows.size() >= BATCH_ROWS || bytes >= BATCH_BYTES;
            if (here == null
                    || !here.known
                    || isFull
                    || !hasMore(partition, here)
                    || !DueTime.isReached(here.stoppedUntilMillis, REFUSED_MILLIS, batch.sentMillis)) {
                continue;
            }
            for (Change change : read(partition, here, BATCH_ROWS - batch.rows.size(), BATCH_BYTES - bytes)) {
                BusRecord record = format.format(change, partition, here.at, life, here.last);
                batch.records.add(record);
                here.last = RecordLink.of(record);
                batch.rows.add(new Row(partition, change.sequence(), here.last));
                here.read = change.sequence();
                bytes += record.value() == null ? 0 : record.value().length();
                if (bytes >= BATCH_BYTES) {
                    break; // JSON may be fifty times what the log counted
                }
            }
        }
        return batch;
    }

    /** A damaged row stops its partition: nothing is passed over in silence. */
    private List<Change> read(ChangePartition partition, Progress here, int rows, int bytes) {
        try {
            List<Change> read = log.read(lane, partition, here.read, rows, bytes);
            if (here.stoppedUntilMillis > 0) {
                here.stoppedUntilMillis = 0;
                alarms.remove(here.at);
            }
            return read;
        } catch (DamagedRowException damaged) {
            here.stoppedUntilMillis = clock.millis() + REFUSED_MILLIS;
            String alarm = "topic " + here.at.topic() + ", partition " + here.at.partition() + ": nothing behind row "
                    + here.read + " is published, for the next is damaged: " + damaged.getMessage();
            if (!alarm.equals(alarms.put(here.at, alarm))) {
                LOG.error("{}: {}", region, alarm);
            }
            return List.of();
        }
    }

    /** Batches may be answered out of turn; they count in order. */
    private void acknowledge() {
        for (Batch first = inFlight.peek(); first != null && first.offsets != null; first = inFlight.peek()) {
            List<Long> offsets = first.offsets;
            for (int i = 0; i < first.rows.size(); i++) {
                Row row = first.rows.get(i);
                Progress here = progress.get(row.partition());
                if (here != null) {
                    here.acknowledged = row.sequence();
                    LogPosition end = new LogPosition(offsets.get(i) + 1, here.topic, row.link());
                    ends.put(here.at, end);
                    unmarked.put(row.partition(), new ChangeLog.Published(row.sequence(), end));
                }
            }
            inFlight.remove();
        }
    }

    /**
     * @param last the last change committed before {@code pending} was asked for: whatever is not pending is published up
     *     to it
     */
    private void notePublished(SequenceNumber last, List<ChangePartition> pending) {
        long through = last.value();
        Map<ChangePartition, Long> firstInFlight = new HashMap<>();
        for (Batch batch : inFlight) {
            batch.rows.forEach(row ->
                    firstInFlight.putIfAbsent(row.partition(), row.sequence().value()));
        }
        for (ChangePartition partition : pending) {
            Progress here = progress.get(partition);
            Long flying = firstInFlight.get(partition);
            if (here == null || !here.known) {
                through = Math.min(through, log.cursor(lane, partition).value());
            } else if (flying != null) {
                through = Math.min(through, flying - 1);
            } else if (hasMore(partition, here)) {
                through = Math.min(through, here.acknowledged.value());
            }
        }
        if (through > publishedThrough.value() && unresolved.isEmpty()) {
            publishedThrough = new SequenceNumber(through);
        }
    }

    private void mark() {
        if (!unmarked.isEmpty() && DueTime.isReached(markAtMillis, MARK_MILLIS, clock.millis())) {
            Map<ChangePartition, ChangeLog.Published> marking = new HashMap<>(unmarked);
            unmarked.clear();
            log.mark(lane, marking).whenComplete((unused, failure) -> {
                if (failure != null) {
                    mailbox.add(() -> marking.forEach(unmarked::putIfAbsent));
                }
            });
            markAtMillis = clock.millis() + MARK_MILLIS;
        }
    }

    /** Lets go of the bus; what is not acknowledged is sent again by its successor. Nobody turns it any more. */
    @Override
    public void close() {
        BusWriter open = writer;
        if (open != null) {
            open.close();
        }
    }
}
