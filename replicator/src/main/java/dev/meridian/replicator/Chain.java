package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.RecordLink;
import org.jspecify.annotations.Nullable;

/**
 * Whether each record of a partition follows the one before it. One that does not is of another history: the log was put
 * back to an earlier state and written on.
 *
 * <p>A record of a dead process may land behind those that its successor has seen. The successor's next record then
 * follows an earlier one, which is among the {@link #RECENT_MAX} last: that is no other history.
 */
final class Chain {
    /** More than a publisher without fencing has in flight when it dies. */
    private static final int RECENT_MAX = 10_000;

    private final RecentLinks earlier = new RecentLinks(RECENT_MAX);
    private final @Nullable HybridTimestamp begins;
    private @Nullable RecordLink last;

    /** Before this offset is nothing of Meridian's. */
    private long passedOver;

    private final long lookAtOffset;
    private boolean isLookedAt;

    private Chain(@Nullable RecordLink last, @Nullable HybridTimestamp begins, long lookAtOffset) {
        this.last = last;
        this.begins = begins;
        this.lookAtOffset = lookAtOffset;
        this.isLookedAt = lookAtOffset < 0;
    }

    /** @param last the record that was read last; null if that is not known, and any may follow */
    static Chain behind(@Nullable RecordLink last) {
        return behind(last, -1);
    }

    /** @param lookAtOffset where that record must still be; negative if that is not to be looked at */
    static Chain behind(@Nullable RecordLink last, long lookAtOffset) {
        return new Chain(last, null, lookAtOffset);
    }

    /**
     * From the oldest record kept on.
     *
     * @param notAbove nothing above this clock may have been before it
     */
    static Chain fromTheStart(HybridTimestamp notAbove) {
        return new Chain(null, notAbove, -1);
    }

    /** Whether this is where the record must be that was read last. */
    boolean looksAt(BusRecord record) {
        return record.offset() == lookAtOffset;
    }

    /** A record has arrived. */
    void arrived(BusRecord record) {
        isLookedAt = isLookedAt || record.offset() >= lookAtOffset;
    }

    /** Whether it is not known yet that the record that was read last is still there: the log may be another. */
    boolean isUnproven() {
        return !isLookedAt;
    }

    /** Whether a record is the one that was read last. */
    boolean isLast(BusRecord record) {
        try {
            return RecordLink.of(record).equals(last);
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }

    /**
     * Whether a chain that begins with this record lacks something that is wanted.
     *
     * @throws IllegalArgumentException if its version cannot be read
     */
    boolean beginsTooLate(BusRecord record) {
        HybridTimestamp bound = begins;
        if (bound == null || last != null || record.offset() <= passedOver) {
            return false;
        }
        String version = record.headers().get(Headers.VERSION);
        return version == null || Headers.version(version).time().isAfter(bound);
    }

    private static void requireReadable(BusRecord record) {
        String life = record.headers().get(Headers.LIFE);
        if (life != null) {
            Life.parse(life);
        }
        String version = record.headers().get(Headers.VERSION);
        if (version != null) {
            Headers.version(version);
        }
    }

    /** A record that is none of Meridian's is no part of the chain. */
    void passOver(BusRecord junk) {
        if (last == null && junk.offset() == passedOver) {
            passedOver = junk.offset() + 1;
        }
    }

    /**
     * Takes the next record, if it follows.
     *
     * @return what identifies it; null if it is of another history
     * @throws IllegalArgumentException if it is no record of a change; whatever reads the headers of one that was taken
     *     can read them
     */
    @Nullable
    RecordLink take(BusRecord record) {
        requireReadable(record);
        RecordLink before = RecordLink.before(record);
        RecordLink known = last;
        if (before != null && known != null && !before.equals(known) && !earlier.contains(before)) {
            return null;
        }
        RecordLink link = RecordLink.of(record);
        if (known != null) {
            earlier.add(known);
        }
        last = link;
        return link;
    }
}
