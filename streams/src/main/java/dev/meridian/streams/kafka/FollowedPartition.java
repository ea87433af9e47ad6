package dev.meridian.streams.kafka;

import dev.meridian.streams.BusReader.Damage;
import dev.meridian.streams.BusReader.Lost;
import dev.meridian.streams.BusReader.Reason;
import dev.meridian.streams.TopicId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a partition that a reader follows may be read. What a single answer says against it is asked again first: a
 * broker may not have heard of the latest topic, and a leader that has just been elected may not know its end yet. Guarded
 * by its reader.
 */
final class FollowedPartition {
    /** Two answers in a row, of questions asked one after the other, name another topic. */
    private static final int OTHER_LOOKS = 2;

    /** An end below the position is believed when it was seen so often... */
    private static final int SHORT_LOOKS = 3;

    /** ...over so long. A new leader knows its end within a second, when it has heard its followers. */
    static final long SHORT_NANOS = Duration.ofSeconds(2).toNanos();

    /** So many fetches of one offset bring damaged bytes before the log counts as damaged, and not the way to it. */
    private static final int DAMAGED_FETCHES = 3;

    private static final long NO_OFFSET = -1;

    private enum State {
        /** It is not known which topic is there, or none is. */
        UNVERIFIED,
        READ,
        /** Something speaks against the position; it is being asked again. */
        DOUBTED,
        /** The log is damaged at the position. */
        DAMAGED,
        LOST
    }

    private final @Nullable TopicId asked;
    private State state = State.UNVERIFIED;
    private @Nullable TopicId known;
    private @Nullable Lost lost;
    private long next;
    private final long reaches;
    private boolean mustSeek = true;
    private boolean isTruncated;
    private long divergence = NO_OFFSET;
    private @Nullable Damage damage;
    private long damagedAt = NO_OFFSET;
    private int damagedFetches;
    private int otherLooks;
    private int shortLooks;
    private long shortSinceNanos;

    /** @param reaches the end of the partition must not be below */
    FollowedPartition(long from, long reaches, @Nullable TopicId of) {
        this.next = from;
        this.reaches = reaches;
        this.asked = of;
    }

    /** The consumer may have it. */
    boolean isRead() {
        return state == State.READ;
    }

    /** A record that the consumer has brought is what was asked for. */
    boolean takes() {
        return state == State.READ && !mustSeek;
    }

    boolean isAskedFor() {
        return state == State.UNVERIFIED || state == State.DOUBTED;
    }

    boolean isDoubted() {
        return state == State.DOUBTED;
    }

    /** It is not read until it is followed anew. */
    boolean isStopped() {
        return state == State.LOST || state == State.DAMAGED;
    }

    @Nullable
    Damage damage() {
        return damage;
    }

    /** A fetch has brought bytes that are no records. They are fetched again, and then it is believed. */
    void damaged(String reason) {
        if (state != State.READ) {
            return;
        }
        damagedFetches = damagedAt == next ? damagedFetches + 1 : 1;
        damagedAt = next;
        mustSeek = true;
        if (damagedFetches >= DAMAGED_FETCHES) {
            state = State.DAMAGED;
            damage = new Damage(next, reason);
        }
    }

    @Nullable
    TopicId known() {
        return known;
    }

    @Nullable
    Lost lost() {
        return lost;
    }

    /** Where the consumer has to go before it reads; -1 if it is there. */
    long seek() {
        boolean must = mustSeek;
        mustSeek = false;
        return must ? next : NO_OFFSET;
    }

    void taken(long offset) {
        next = offset + 1;
    }

    /** The broker has no such offset. */
    void outOfRange(long position) {
        if (takes()) {
            next = position;
            doubt();
        }
    }

    /**
     * The partition had other records below the position, by its leaders' epochs.
     *
     * @param divergesAt the first offset that differs; -1 if it is not known
     */
    void truncated(long position, long divergesAt) {
        if (takes()) {
            next = position;
            divergence = divergesAt;
            isTruncated = true;
            doubt();
        }
    }

    private void doubt() {
        state = State.DOUBTED;
        mustSeek = true;
        shortLooks = 0;
        otherLooks = 0;
    }

    /**
     * Takes up an answer.
     *
     * @param now the topic that is there; null if none is
     * @param start of the partition; null if it was not asked for, as may be unless this {@link #isDoubted}
     * @return whether anything changes for the consumer or the reader's user
     */
    boolean judge(@Nullable TopicId now, @Nullable Long start, @Nullable Long end, long nanos) {
        if (isStopped()) {
            return false;
        }
        State before = state;
        if (now == null) {
            state = State.UNVERIFIED;
            mustSeek = true;
            otherLooks = 0;
        } else if (isOther(now)) {
            judgeOther(now, start, end);
        } else {
            otherLooks = 0;
            judgeSame(now, start, end, nanos);
        }
        return state != before;
    }

    /** Not the one that is followed. */
    boolean isOther(TopicId now) {
        TopicId expected = known == null ? asked : known;
        return expected != null && !expected.equals(now);
    }

    private void judgeOther(TopicId now, @Nullable Long start, @Nullable Long end) {
        if (state != State.DOUBTED) {
            doubt();
        }
        otherLooks++;
        if (otherLooks >= OTHER_LOOKS) {
            // It may have fewer partitions.
            lose(Reason.REPLACED, start == null ? 0 : start, end == null ? 0 : end, now);
        }
    }

    private void judgeSame(TopicId now, @Nullable Long start, @Nullable Long end, long nanos) {
        if (state == State.UNVERIFIED) {
            known = now;
            state = isTruncated || reaches > next ? State.DOUBTED : State.READ;
        } else if (state == State.DOUBTED && start != null && end != null) {
            known = now;
            if (next < start) {
                lose(Reason.EXPIRED, start, end, now);
            } else if (isTruncated) {
                long same = divergence == NO_OFFSET ? next - 1 : divergence;
                lose(Reason.CUT_SHORT, start, Math.min(same, end), now);
            } else if (Math.max(next, reaches) > end) {
                judgeShort(now, start, end, nanos);
            } else {
                state = State.READ;
            }
        }
    }

    private void judgeShort(TopicId now, long start, long end, long nanos) {
        if (shortLooks == 0) {
            shortSinceNanos = nanos;
        }
        shortLooks++;
        if (shortLooks >= SHORT_LOOKS && nanos - shortSinceNanos >= SHORT_NANOS) {
            lose(Reason.CUT_SHORT, start, end, now);
        }
    }

    private void lose(Reason reason, long start, long end, TopicId now) {
        state = State.LOST;
        lost = new Lost(reason, start, end, now);
    }
}
