package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.StoreClosedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.LmdbException;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every value once a week and compares its checksum, so that damage is found while another region still has what
 * was there. Values of release 0.1.0 get a checksum on the way. Looks at what is known to be damaged every second, and
 * forgets what has been mended. Its place is kept in the store: a restart does not begin the round anew.
 */
public final class Scrubber implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

    /** From one beginning to the next: disks are scrubbed weekly to monthly elsewhere, and rows are kept for days. */
    static final Duration ROUND = Duration.ofDays(7);

    /** A tenth of what a slow disk reads; 4.8 TB in a week. */
    static final long BYTES_PER_SECOND = 8L << 20;

    /** Read under one snapshot: some hundred microseconds, during which LMDB frees no pages. */
    private static final int STEP_BYTES = 256 << 10;

    private static final int STEP_VALUES = 1_000;

    /** A value that gets a checksum is written and synced, and counts so much more than one that is read. */
    private static final int WRITE_PRICE = 8;

    private static final long RECHECK_MILLIS = 1_000;
    private static final long SAVE_MILLIS = 60_000;
    private static final int MILLIS = 1_000;

    /** Document: the round and how far it is. */
    private static final String SPACE = "scrub";

    private static final String PLACE = "place";

    /** 1 did not say whether a round has gaps: such a round begins anew. */
    private static final byte FORMAT = 2;

    private final LmdbStore store;
    private final CheckedValues values;
    private final InstantSource clock;
    private @Nullable Round round;
    private @Nullable Write running;

    /** Whether the store tells of the last round's end: as opened, it does. */
    private boolean isEndSaved = true;

    private long restMillis;
    private long nextStepMillis;
    private long nextRecheckMillis;
    private long nextSaveMillis;
    private final AtomicLong bytesRead = new AtomicLong();
    private volatile Progress progress = new Progress(0, 0, 0);

    /**
     * How far the scrubber is.
     *
     * @param startedMillis when the present or last round began; 0 if there was none yet
     * @param roundBytes read in it
     * @param completedMillis when a round was last complete; 0 if none was yet
     */
    public record Progress(long startedMillis, long roundBytes, long completedMillis) {}

    /** A write of the scrubber that has not ended, or of which nobody knows yet how it ended. */
    private record Write(boolean isOfChecksums, CompletableFuture<Void> stage) {}

    /**
     * @param kind the database that is looked at; null when all are
     * @param after from behind this key
     * @param hasGaps whether it has passed over values that may lack a checksum
     */
    private record Round(
            long startedMillis,
            @Nullable Kind kind,
            @Nullable Bytes after,
            long bytes,
            boolean hasGaps,
            long completedMillis) {
        static Round begin(long nowMillis, long completedMillis) {
            return new Round(nowMillis, Kind.values()[0], null, 0, false, completedMillis);
        }

        boolean isEnded() {
            return kind == null;
        }

        Round withGaps() {
            return new Round(startedMillis, kind, after, bytes, true, completedMillis);
        }

        /** Behind one step. */
        Round behind(Step step, long nowMillis) {
            long read = bytes + step.bytes;
            boolean gaps = hasGaps || step.isCutShort;
            if (step.last != null) {
                return new Round(startedMillis, kind, step.last, read, gaps, completedMillis);
            }
            int next = Objects.requireNonNull(kind).ordinal() + 1;
            return next < Kind.values().length
                    ? new Round(startedMillis, Kind.values()[next], null, read, gaps, completedMillis)
                    : new Round(startedMillis, null, null, read, gaps, nowMillis);
        }

        Bytes encode() {
            Kind at = kind;
            Bytes key = after;
            return new ByteSink()
                    .put(FORMAT)
                    .put((byte) (hasGaps ? 1 : 0))
                    .putLong(startedMillis)
                    .putLong(completedMillis)
                    .putVarint(bytes)
                    .putText(at == null ? "" : at.name())
                    .putSized(key == null ? Bytes.EMPTY : key)
                    .toBytes();
        }

        /** @return empty if it is of a release that goes about it in another way: the round begins anew */
        static Optional<Round> decode(Bytes bytes) {
            ByteBuffer in = bytes.asBuffer();
            if (in.get() != FORMAT) {
                return Optional.empty();
            }
            boolean gaps = in.get() != 0;
            long started = in.getLong();
            long completed = in.getLong();
            long read = ByteSink.getVarint(in);
            String kind = ByteSink.getText(in);
            Bytes after = Bytes.wrap(ByteSink.getSizedArray(in));
            return Optional.of(new Round(
                    started,
                    kind.isEmpty() ? null : Kind.valueOf(kind),
                    after.length() == 0 ? null : after,
                    read,
                    gaps,
                    completed));
        }
    }

    Scrubber(LmdbStore store, CheckedValues values, InstantSource clock) {
        this.store = store;
        this.values = values;
        this.clock = clock;
    }

    public Progress progress() {
        return progress;
    }

    /** Since the store was opened. */
    public long bytesRead() {
        return bytesRead.get();
    }

    @Override
    public int turn() {
        Write write = running;
        if (write != null && !write.stage().isDone()) {
            return 0;
        }
        running = null;
        long now = clock.millis();
        if (write != null) {
            ended(write, now);
        }
        try {
            if (DueTime.isReached(nextRecheckMillis, RECHECK_MILLIS, now)) {
                nextRecheckMillis = now + RECHECK_MILLIS;
                recheck();
            }
            return DueTime.isReached(nextStepMillis, restMillis, now) ? step(now) : 0;
        } catch (StoreClosedException closing) {
            return 0;
        }
    }

    private void ended(Write write, long now) {
        Round at = Objects.requireNonNull(round);
        if (write.stage().isCompletedExceptionally()) {
            round = write.isOfChecksums() ? at.withGaps() : at;
            rest(now, RECHECK_MILLIS);
        } else if (!write.isOfChecksums() && at.isEnded()) {
            isEndSaved = true;
            LOG.info(
                    "all values of the store have been read, {} bytes: {} are damaged{}",
                    at.bytes(),
                    values.damaged().size(),
                    at.hasGaps() ? ", and not all could be reached or written" : "");
        }
    }

    private void rest(long now, long millis) {
        restMillis = millis;
        nextStepMillis = now + millis;
    }

    private int step(long now) {
        Round at = round == null ? begin(now) : round;
        round = at;
        // In a turn of its own: by now it is known whether all values so far got their checksums.
        boolean isSaveDue = at.isEnded() ? !isEndSaved : DueTime.isReached(nextSaveMillis, SAVE_MILLIS, now);
        if (isSaveDue) {
            nextSaveMillis = now + SAVE_MILLIS;
            running = save(at);
            return 1;
        }
        if (at.isEnded()) {
            if (!DueTime.isReached(at.startedMillis() + ROUND.toMillis(), ROUND.toMillis(), now)) {
                rest(now, RECHECK_MILLIS);
                return 0;
            }
            at = Round.begin(now, at.completedMillis());
        }
        Kind kind = Objects.requireNonNull(at.kind());
        Step step = read(kind, at.after());
        bytesRead.addAndGet(step.bytes);
        long price = step.bytes;
        if (!step.without.isEmpty()) {
            running = addChecksums(kind, step.without);
            price *= WRITE_PRICE;
        }
        rest(now, price * MILLIS / BYTES_PER_SECOND);
        round = at.behind(step, now);
        isEndSaved = false;
        show(round);
        return 1;
    }

    private void show(Round at) {
        progress = new Progress(at.startedMillis(), at.bytes(), at.completedMillis());
    }

    private Round begin(long now) {
        nextSaveMillis = now + SAVE_MILLIS;
        Round kept = kept().orElseGet(() -> Round.begin(now, 0));
        show(kept);
        return kept;
    }

    private Optional<Round> kept() {
        try {
            return store.read(view -> view.document(SPACE, PLACE)).flatMap(Round::decode);
        } catch (DamagedValueException known) {
            return Optional.empty();
        }
    }

    private Write save(Round at) {
        boolean completes = at.isEnded() && !at.hasGaps() && !values.isComplete();
        return write(false, view -> {
            view.document(SPACE, PLACE, at.encode());
            if (!completes) {
                return () -> {};
            }
            view.putMeta(Meta.FORMAT, Keys.number(LmdbStore.FORMAT));
            return values::setComplete;
        });
    }

    private Write write(boolean isOfChecksums, Function<LmdbWriteView, Runnable> work) {
        return new Write(isOfChecksums, store.writeNow(work).toCompletableFuture());
    }

    /** What one step has seen. */
    private static final class Step {
        long bytes;
        /** Where it stopped; null at the end of the database. */
        @Nullable
        Bytes last;

        /** It met a damaged page: not all values behind {@link #last} were seen. */
        boolean isCutShort;

        final List<Bytes> without = new ArrayList<>();
    }

    private Step read(Kind kind, @Nullable Bytes after) {
        try {
            return store.readRaw((txn, databases) -> read(txn, databases, kind, after));
        } catch (LmdbException broken) {
            // Pages between the values are damaged: there is no way to those behind.
            values.damaged()
                    .found(
                            new DamagedValues.Place(kind, 0, Bytes.EMPTY),
                            "damaged pages: not every " + kind.text() + " of the store can be reached: "
                                    + broken.getMessage());
            Step nothing = new Step();
            nothing.isCutShort = true;
            return nothing;
        }
    }

    private Step read(Txn<ByteBuffer> txn, Databases databases, Kind kind, @Nullable Bytes after) {
        Step step = new Step();
        int seen = 0;
        try (Cursor<ByteBuffer> at = databases.of(kind).openCursor(txn)) {
            boolean found;
            if (after == null) {
                found = at.seek(SeekOp.MDB_FIRST);
            } else {
                ByteBuffer from = Keys.direct(after.toArray());
                found = at.get(from, GetOp.MDB_SET_RANGE);
                if (found && at.key().equals(Keys.direct(after.toArray()))) {
                    found = at.seek(SeekOp.MDB_NEXT);
                }
            }
            while (found) {
                boolean intact = values.bodyIfIntact(kind, at.key(), at.val()) != null;
                if (intact && !CheckedValues.hasChecksum(at.val())) {
                    step.without.add(Bytes.copyOf(at.key()));
                }
                if (!intact && !databases.isFound(txn, kind, at.key())) {
                    var unused = databases.damagedKey(txn, kind, 0, at);
                }
                step.bytes += at.key().remaining() + at.val().remaining();
                // Not at a damaged key: from there the next step would go astray.
                seen++;
                if (intact && (seen >= STEP_VALUES || step.bytes >= STEP_BYTES)) {
                    step.last = Bytes.copyOf(at.key());
                    return step;
                }
                found = at.seek(SeekOp.MDB_NEXT);
            }
        }
        return step;
    }

    private Write addChecksums(Kind kind, List<Bytes> keys) {
        return write(true, view -> {
            for (Bytes key : keys) {
                ByteBuffer lmdbKey = Keys.direct(key.toArray());
                ByteBuffer value = view.databases.of(kind).get(view.txn(), lmdbKey);
                if (value != null && !CheckedValues.hasChecksum(value)) {
                    view.put(view.databases.of(kind), lmdbKey, value);
                }
            }
            return () -> {};
        });
    }

    /** Forgets what is damaged no longer. */
    private void recheck() {
        for (DamagedValues.Place place : values.damaged().places()) {
            if (place.lmdbKey().length() > 0 && isMended(place)) {
                values.damaged().mended(place);
            }
        }
    }

    private boolean isMended(DamagedValues.Place place) {
        return store.readRaw((txn, databases) -> {
            ByteBuffer lmdbKey = Keys.direct(place.lmdbKey().toArray());
            ByteBuffer value = databases.of(place.kind()).get(txn, lmdbKey);
            return value == null || values.bodyIfIntact(place.kind(), lmdbKey, value) != null;
        });
    }
}
