package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A change as bytes, in the store's change rows and in replication topics: the format number, then the fields in the
 * order of {@link Change}. A replication record is a row without its old image. Format 1 knows no transactions; it is read
 * still. What format 2 says of events that are not published, and of microseconds, a release that does not know it passes
 * over. Format 3 has the old image as what differs from the new one: most updates change little, and a row of half the
 * length takes half of the pages that are synced with the item: StoreBenchmark.commitBatch.
 */
public final class ChangeCodec {
    private static final byte FORMAT_WITHOUT_TRANSACTIONS = 1;
    private static final byte FORMAT = 2;
    private static final byte FORMAT_WITH_DIFFERENCE = 3;
    private static final int HAS_NEW = 1;
    private static final int HAS_OLD = 2;
    private static final int HAS_TRANSACTION = 4;

    /** An event that is not on the stream lane. */
    private static final int IS_UNPUBLISHED_EVENT = 8;

    private static final int HAS_MICROS = 16;

    /** The old image is the new one with another middle. */
    private static final int HAS_OLD_MIDDLE = 32;

    /** Below this, both images are written out. */
    private static final int SAME_MIN = 32;

    private ChangeCodec() {}

    public static byte[] encode(Change change) {
        return encode(change, change.oldImage());
    }

    /** For the replication topic. */
    public static byte[] encodeWithoutOldImage(Change change) {
        return encode(change, null);
    }

    private static byte[] encode(Change change, @Nullable Bytes oldImage) {
        Bytes newImage = change.newImage();
        int start = newImage == null || oldImage == null ? 0 : newImage.sameAtStart(oldImage);
        int end = newImage == null || oldImage == null ? 0 : newImage.sameAtEnd(oldImage, start);
        boolean difference = start + end >= SAME_MIN;
        ByteSink out = new ByteSink(128
                + (newImage == null ? 0 : newImage.length())
                + (oldImage == null ? 0 : oldImage.length() - start - end));
        out.put(difference ? FORMAT_WITH_DIFFERENCE : FORMAT);
        change.tableId().encode(out);
        out.putVarint(change.sequence().value());
        int lanes = 0;
        for (Lane lane : change.lanes()) {
            lanes |= lane.bit();
        }
        out.put((byte) lanes).put(change.cause().code());
        change.stamp().encode(out);
        change.key().encode(out);
        out.putVarint(change.committedMillis());
        UUID transaction = change.transactionId();
        out.put((byte) ((newImage == null ? 0 : HAS_NEW)
                | (oldImage == null || difference ? 0 : HAS_OLD)
                | (difference ? HAS_OLD_MIDDLE : 0)
                | (transaction == null ? 0 : HAS_TRANSACTION)
                | (change.event() && !change.lanes().contains(Lane.STREAM) ? IS_UNPUBLISHED_EVENT : 0)
                | (change.inMicroseconds() ? HAS_MICROS : 0)));
        if (newImage != null) {
            out.putSized(newImage);
        }
        if (oldImage != null && difference) {
            out.putVarint(start).putVarint(end).putSized(oldImage.middle(start, end));
        } else if (oldImage != null) {
            out.putSized(oldImage);
        }
        if (transaction != null) {
            out.putLong(transaction.getMostSignificantBits()).putLong(transaction.getLeastSignificantBits());
        }
        if (change.inMicroseconds()) {
            out.putVarint(change.micros());
        }
        return out.toArray();
    }

    /** @throws IllegalArgumentException if the bytes are no change of a format this release knows */
    public static Change decode(ByteBuffer bytes) {
        ByteBuffer in = bytes.duplicate();
        try {
            return decodeFields(in);
        } catch (java.nio.BufferUnderflowException | IndexOutOfBoundsException cut) {
            throw new IllegalArgumentException("change record cut short at " + in.position(), cut);
        }
    }

    private static Change decodeFields(ByteBuffer in) {
        byte format = in.get();
        if (format < FORMAT_WITHOUT_TRANSACTIONS || format > FORMAT_WITH_DIFFERENCE) {
            throw new IllegalArgumentException("change record of format " + format + "; this release reads "
                    + FORMAT_WITHOUT_TRANSACTIONS + " to " + FORMAT_WITH_DIFFERENCE);
        }
        TableId tableId = TableId.decode(in);
        SequenceNumber sequence = new SequenceNumber(ByteSink.getVarint(in));
        int laneBits = in.get();
        Set<Lane> lanes = EnumSet.noneOf(Lane.class);
        for (Lane lane : Lane.values()) {
            if ((laneBits & lane.bit()) != 0) {
                lanes.add(lane);
            }
        }
        Cause cause = Cause.of(in.get());
        Stamp stamp = Stamp.decode(in);
        ItemKey key = ItemKey.decode(in);
        long committedMillis = ByteSink.getVarint(in);
        int parts = in.get();
        Bytes newImage = (parts & HAS_NEW) == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in));
        Bytes oldImage = (parts & HAS_OLD) == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in));
        if ((parts & HAS_OLD_MIDDLE) != 0) {
            oldImage = withAnotherMiddle(newImage, in);
        }
        UUID transaction = (parts & HAS_TRANSACTION) == 0 ? null : new UUID(in.getLong(), in.getLong());
        int micros = (parts & HAS_MICROS) == 0 ? Change.MILLISECOND : micros(ByteSink.getVarint(in));
        boolean event = lanes.contains(Lane.STREAM) || (parts & IS_UNPUBLISHED_EVENT) != 0;
        return new Change(
                tableId,
                sequence,
                lanes,
                cause,
                stamp,
                key,
                newImage,
                oldImage,
                committedMillis,
                micros,
                event,
                transaction);
    }

    private static int micros(long told) {
        if (told > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(told + " microseconds are no part of a millisecond");
        }
        return (int) told;
    }

    private static Bytes withAnotherMiddle(@Nullable Bytes image, ByteBuffer in) {
        long start = ByteSink.getVarint(in);
        long end = ByteSink.getVarint(in);
        Bytes middle = Bytes.wrap(ByteSink.getSizedArray(in));
        if (image == null || start > image.length() || end > image.length() - start) {
            throw new IllegalArgumentException(
                    "a difference of " + start + " and " + end + " bytes from no such image");
        }
        return image.withMiddle((int) start, middle, (int) end);
    }
}
