package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change as bytes, in the store's change rows and in replication topics: the format number, then the fields in the
 * order of {@link Change}. A replication record is a row without its old image.
 */
public final class ChangeCodec {
    private static final byte FORMAT = 1;
    private static final int HAS_NEW = 1;
    private static final int HAS_OLD = 2;

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
        ByteSink out = new ByteSink(128 + (newImage == null ? 0 : newImage.length()));
        out.put(FORMAT);
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
        out.put((byte) ((newImage == null ? 0 : HAS_NEW) | (oldImage == null ? 0 : HAS_OLD)));
        if (newImage != null) {
            out.putSized(newImage);
        }
        if (oldImage != null) {
            out.putSized(oldImage);
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
        if (format != FORMAT) {
            throw new IllegalArgumentException("change record of format " + format + "; this release reads " + FORMAT);
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
        int images = in.get();
        Bytes newImage = (images & HAS_NEW) == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in));
        Bytes oldImage = (images & HAS_OLD) == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in));
        return new Change(tableId, sequence, lanes, cause, stamp, key, newImage, oldImage, committedMillis);
    }
}
