package dev.meridian.streams;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One change of one item, as committed in one region.
 *
 * @param sequence its place in the store of the region that committed it
 * @param lanes the ways it goes out; empty for a change that only other bookkeeping needs
 * @param newImage the item afterwards, by {@link dev.meridian.model.ItemCodec}; null for a delete
 * @param oldImage the item before, kept only for the stream lane; null if there was none
 * @param committedMillis wall clock of the commit, milliseconds since 1970
 * @param micros of that millisecond, 0 to 999; {@link #MILLISECOND} where the topic tells no more than milliseconds
 * @param event whether the item is another than before: then it is a record of DynamoDB Streams, published or not
 * @param transactionId of the DynamoDB transaction that the write was part of: the same on all its changes, in every
 *     region; null for a write of its own
 */
public record Change(
        TableId tableId,
        SequenceNumber sequence,
        Set<Lane> lanes,
        Cause cause,
        Stamp stamp,
        ItemKey key,
        @Nullable Bytes newImage,
        @Nullable Bytes oldImage,
        long committedMillis,
        int micros,
        boolean event,
        @Nullable UUID transactionId) {
    /** As {@link #micros}: the time of the commit is told in milliseconds. */
    public static final int MILLISECOND = -1;

    private static final int MICROS_PER_MILLI = 1_000;

    public Change {
        lanes = Set.copyOf(lanes);
        if (lanes.contains(Lane.STREAM) && !event) {
            throw new IllegalArgumentException("what is published as an event is one");
        }
        if (micros < MILLISECOND || micros >= MICROS_PER_MILLI) {
            throw new IllegalArgumentException(micros + " microseconds are no part of a millisecond");
        }
    }

    /** A change whose time is told in milliseconds, and that is published if it is an event. */
    public Change(
            TableId tableId,
            SequenceNumber sequence,
            Set<Lane> lanes,
            Cause cause,
            Stamp stamp,
            ItemKey key,
            @Nullable Bytes newImage,
            @Nullable Bytes oldImage,
            long committedMillis,
            @Nullable UUID transactionId) {
        this(
                tableId,
                sequence,
                lanes,
                cause,
                stamp,
                key,
                newImage,
                oldImage,
                committedMillis,
                MILLISECOND,
                lanes.contains(Lane.STREAM),
                transactionId);
    }

    /** A change that was no part of a transaction. */
    public Change(
            TableId tableId,
            SequenceNumber sequence,
            Set<Lane> lanes,
            Cause cause,
            Stamp stamp,
            ItemKey key,
            @Nullable Bytes newImage,
            @Nullable Bytes oldImage,
            long committedMillis) {
        this(tableId, sequence, lanes, cause, stamp, key, newImage, oldImage, committedMillis, null);
    }

    /** @return whether {@link #committedAt} is in microseconds, and not in milliseconds */
    public boolean inMicroseconds() {
        return micros != MILLISECOND;
    }

    /** When it was committed, as its topic tells it: milliseconds or microseconds since 1970. */
    public long committedAt() {
        return inMicroseconds() ? committedMillis * MICROS_PER_MILLI + micros : committedMillis;
    }

    public boolean isDelete() {
        return newImage == null;
    }
}
