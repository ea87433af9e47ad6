package dev.meridian.streams;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a region's conflicts from its store to its topic, in order, each once: as the stream lane does it, with a fenced
 * writer that goes on behind the last one that really is in the topic. Only a store that was lost and begun anew may
 * publish a pair a second time, when it meets the same two writes again.
 */
public final class ConflictPublisher implements Duty, AutoCloseable {
    /** How long conflicts are kept, in the topic and in the store. */
    public static final Duration RETENTION = Duration.ofDays(7);

    private static final Logger LOG = LoggerFactory.getLogger(ConflictPublisher.class);

    /** Conflicts in one append. */
    private static final int BATCH = 200;

    /** Bytes in one append, as the store counts them; JSON may be fifty times that, and the bus takes 40 MB. */
    private static final int BATCH_BYTES = 512 << 10;

    private static final long MARK_MILLIS = 200;

    private final RegionId region;
    private final ConflictLog log;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final Runnable doorbell;
    private final TopicPartition at;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private @Nullable BusWriter writer;
    private boolean ready;
    private boolean sending;
    private long generation;
    private long marked;
    private long markAtMillis;
    private final Pace pace;
    private volatile long published;

    /**
     * @param policy of the bus
     * @param doorbell rung from other threads when a turn has something to do
     */
    public ConflictPublisher(
            RegionId region,
            ConflictLog log,
            OrderedBus bus,
            CallPolicy policy,
            InstantSource clock,
            Runnable doorbell) {
        this.region = region;
        this.log = log;
        this.bus = bus;
        this.pace = policy.pace();
        this.clock = clock;
        this.doorbell = doorbell;
        this.at = new TopicPartition(TopicNames.conflicts(region), 0);
        this.marked = log.cursor();
        this.published = marked;
        log.onCommit(doorbell);
    }

    /** How many are in the store and not yet known to be in the topic. */
    public long backlog() {
        return Math.max(0, log.last() - published);
    }

    @Override
    public int turn() {
        int work = 0;
        for (Runnable letter = mailbox.poll(); letter != null; letter = mailbox.poll()) {
            letter.run();
            work++;
        }
        BusWriter open = writer;
        if (open == null) {
            return work + open();
        }
        if (ready && !sending && log.last() > published) {
            work += send(open);
        }
        mark();
        return work;
    }

    private int open() {
        if (!pace.isDue()) {
            return 0;
        }
        BusWriter opening = bus.writer(region + ".conflicts", Fencing.FENCED);
        writer = opening;
        generation++;
        TopicSpec topic = new TopicSpec(at.topic(), 1, RETENTION.toMillis(), false);
        CompletionStage<Tail> looking = opening.open()
                .thenCompose(unused -> bus.ensureTopic(topic))
                .thenCompose(unused -> opening.settle(at))
                .thenCompose(unused -> bus.tail(at, Recognition::isMarked));
        later(looking, tail -> {
            published = reached(tail);
            ready = true;
            pace.succeeded();
        });
        return 1;
    }

    /** Handles a result in a later turn, unless this publisher has started anew by then. */
    private <T> void later(CompletionStage<T> stage, java.util.function.Consumer<T> handler) {
        long made = generation;
        BiConsumer<T, @Nullable Throwable> outcome = (result, failure) -> {
            if (made != generation) {
                return;
            }
            if (failure == null) {
                handler.accept(result);
            } else {
                giveUp(failure);
            }
        };
        stage.whenComplete((result, failure) -> {
            mailbox.add(() -> outcome.accept(result, failure));
            doorbell.run();
        });
    }

    private void giveUp(Throwable failure) {
        LOG.warn("{} conflict publisher: {}", region, failure.getMessage());
        close();
        generation++;
        pace.failed(failure);
    }

    /** The last of this store's conflicts that is in the topic. */
    private long reached(Tail tail) {
        if (tail.last().isEmpty()) {
            boolean expired = tail.start() > 0;
            return expired ? log.cursor() : 0;
        }
        SortedMap<String, String> headers = tail.last().get().headers();
        long last = Long.parseLong(headers.getOrDefault(Headers.SEQUENCE, "0"));
        Optional<Conflict> here = log.get(last);
        boolean ours = here.isPresent() ? ConflictFormat.isSame(here.get(), headers) : last <= log.cursor();
        if (!ours) {
            LOG.warn("{}: conflict {} in the topic is not this store's, which goes on with its own", region, last);
        }
        return ours ? last : log.cursor();
    }

    private int send(BusWriter open) {
        List<Conflict> conflicts = log.read(published, BATCH, BATCH_BYTES);
        if (conflicts.isEmpty()) {
            return 0;
        }
        List<BusRecord> records = new ArrayList<>();
        conflicts.forEach(conflict -> records.add(ConflictFormat.record(conflict, at)));
        long last = conflicts.get(conflicts.size() - 1).id();
        sending = true;
        later(open.append(records), offsets -> {
            published = last;
            sending = false;
        });
        return records.size();
    }

    private void mark() {
        long through = published;
        if (through > marked && DueTime.isReached(markAtMillis, MARK_MILLIS, clock.millis())) {
            markAtMillis = clock.millis() + MARK_MILLIS;
            marked = through;
            log.mark(through).whenComplete((unused, failure) -> {
                if (failure != null) {
                    mailbox.add(() -> marked = 0);
                }
            });
        }
    }

    @Override
    public void close() {
        BusWriter open = writer;
        if (open != null) {
            open.close();
        }
        writer = null;
        ready = false;
        sending = false;
    }
}
