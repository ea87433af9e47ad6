package dev.meridian.streams;

import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

    private static final long MARK_MILLIS = 200;

    /** A broker that is there answers in milliseconds; a batch that is not answered is never given up. */
    private static final long ANSWER_MILLIS = 5_000;

    private static final long REPLICATION_RETENTION_MILLIS = Duration.ofDays(7).toMillis();

    /** A topic that the bus refuses to make is asked for again after this long. */
    private static final long REFUSED_MILLIS = 10_000;

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
    private final Map<ChangePartition, SequenceNumber> unmarked = new HashMap<>();
    private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
    private final Map<TopicPartition, String> alarms = new ConcurrentHashMap<>();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private @Nullable BusWriter writer;
    private long generation;
    private boolean opened;
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
        /** When the topic, which was refused, is asked for again; unless that is so, never. */
        long lookAgainAtMillis = Long.MAX_VALUE;
        /** Up to here it is in the topic. */
        SequenceNumber acknowledged = SequenceNumber.NONE;
        /** Up to here it is read from the log. */
        SequenceNumber read = SequenceNumber.NONE;

        Progress(TopicPartition at) {
            this.at = at;
        }
    }

    private record Row(ChangePartition partition, SequenceNumber sequence) {}

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

    /** For the partitions that this process has looked at: the offset behind the last row known to be in the topic. */
    public SortedMap<TopicPartition, Long> ends() {
        return new TreeMap<>(ends);
    }

    /** Partitions that are stopped until this publisher starts anew, and why; the others go on. */
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
                opened = true;
                state = State.RUNNING;
            } else {
                giveUp("cannot open", failure);
            }
        });
        return 1;
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
        for (ChangePartition partition : pending) {
            TopicPartition at =
                    new TopicPartition(TopicNames.of(lane, region, partition.table()), partition.partition());
            Progress seen = progress.get(partition);
            boolean isNew = seen == null || clock.millis() >= seen.lookAgainAtMillis;
            if (isNew && !held.contains(at.topic())) {
                progress.put(partition, new Progress(at));
                CompletionStage<Tail> looking = bus.ensureTopic(topic(at.topic(), partition))
                        .thenCompose(unused -> settled(open, at))
                        .thenCompose(unused -> bus.tail(at));
                later(looking, (tail, failure) -> {
                    if (failure == null) {
                        goOnBehind(partition, tail);
                    } else if (cause(failure) instanceof TopicRefusedException refused) {
                        refused(partition, at, refused);
                    } else {
                        giveUp("cannot see the end of " + at, failure);
                    }
                });
                work++;
            }
        }
        return work;
    }

    /** It concerns this table only: the others go on. */
    private void refused(ChangePartition partition, TopicPartition at, TopicRefusedException refused) {
        Progress here = progress.get(partition);
        if (here != null) {
            here.lookAgainAtMillis = clock.millis() + REFUSED_MILLIS;
            LOG.error("{}: {}", region, refused.getMessage());
            alarms.put(at, String.valueOf(refused.getMessage()));
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
        SequenceNumber reached = lastRowIn(partition, tail);
        if (!isOfThisStore(partition, reached, tail)) {
            long offset = tail.last().map(BusRecord::offset).orElse(-1L);
            String alarm = "topic " + here.at.topic() + ", partition " + here.at.partition() + ", offset " + offset
                    + ": row " + reached + " is not this store's, which is at " + log.last()
                    + "; nothing more is published there";
            LOG.error("{}: {}", region, alarm);
            alarms.put(here.at, alarm);
            return;
        }
        pace.succeeded();
        alarms.remove(here.at);
        LOG.debug("{} goes on behind row {}, at offset {}", here.at, reached, tail.end());
        here.known = true;
        here.acknowledged = reached;
        here.read = reached;
        ends.put(here.at, tail.end());
        if (reached.value() > 0) {
            unmarked.put(partition, reached);
        }
    }

    /** The last row of this very table that is in the topic. What the topic lost, the log may still have. */
    private SequenceNumber lastRowIn(ChangePartition partition, Tail tail) {
        if (tail.last().isEmpty()) {
            boolean expired = tail.start() > 0;
            return expired ? log.cursor(lane, partition) : SequenceNumber.NONE;
        }
        SortedMap<String, String> headers = tail.last().get().headers();
        boolean ours = partition.tableId().toString().equals(headers.get(Headers.TABLE_ID));
        return ours ? new SequenceNumber(Long.parseLong(headers.get(Headers.SEQUENCE))) : SequenceNumber.NONE;
    }

    /**
     * Whether this store knows the row as its own. A store that was lost and begun anew counts its rows from 1 again: to
     * go on behind what the lost one published would pass over new rows.
     */
    private boolean isOfThisStore(ChangePartition partition, SequenceNumber reached, Tail tail) {
        if (reached.equals(SequenceNumber.NONE) || tail.last().isEmpty()) {
            return true;
        }
        List<Change> here = log.read(lane, partition, new SequenceNumber(reached.value() - 1), 1, 1);
        if (!here.isEmpty() && here.get(0).sequence().equals(reached)) {
            String version = Headers.of(here.get(0)).get(Headers.VERSION);
            return java.util.Objects.equals(version, tail.last().get().headers().get(Headers.VERSION));
        }
        return reached.compareTo(log.cursor(lane, partition)) <= 0;
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
            case STREAM -> 50;
        };
    }

    /**
     * Behind a transaction that is under way only a full one is made ready: a few rows would be one more to wait for to
     * those that come after them.
     */
    private boolean isWorthSending() {
        return inFlight.isEmpty() || fencing() == Fencing.NONE
                ? clock.millis() >= gatherUntilMillis || backlog() >= BATCH_ROWS
                : backlog() >= 2L * BATCH_ROWS;
    }

    private boolean hasMore(ChangePartition partition, Progress here) {
        return log.newest(lane, partition).compareTo(here.read) > 0;
    }

    private Batch collect(List<ChangePartition> pending) {
        Batch batch = new Batch(clock.millis());
        int bytes = 0;
        for (ChangePartition partition : pending) {
            Progress here = progress.get(partition);
            boolean isFull = batch.rows.size() >= BATCH_ROWS || bytes >= BATCH_BYTES;
            if (here == null || !here.known || isFull || !hasMore(partition, here)) {
                continue;
            }
            int room = BATCH_ROWS - batch.rows.size();
            for (Change change : log.read(lane, partition, here.read, room, BATCH_BYTES - bytes)) {
                BusRecord record = format.format(change, partition, here.at);
                batch.records.add(record);
                batch.rows.add(new Row(partition, change.sequence()));
                here.read = change.sequence();
                bytes += record.value() == null ? 0 : record.value().length();
                if (bytes >= BATCH_BYTES) {
                    break; // JSON may be fifty times what the log counted
                }
            }
        }
        return batch;
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
                    ends.merge(here.at, offsets.get(i) + 1, Math::max);
                }
                unmarked.put(row.partition(), row.sequence());
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
        if (through > publishedThrough.value()) {
            publishedThrough = new SequenceNumber(through);
        }
    }

    private void mark() {
        if (!unmarked.isEmpty() && clock.millis() >= markAtMillis) {
            Map<ChangePartition, SequenceNumber> marking = new HashMap<>(unmarked);
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
