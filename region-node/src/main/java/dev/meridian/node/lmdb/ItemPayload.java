package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Stamp;
import java.nio.ByteBuffer;

/** What a {@link Bucket} keeps of an item or a tombstone: format number, stamp, image. The image is a view. */
record ItemPayload(Stamp stamp, ByteBuffer image) {
    private static final byte FORMAT = 1;

    /** What comes before the image. */
    static byte[] head(Stamp stamp) {
        ByteSink head = new ByteSink(64);
        head.put(FORMAT);
        stamp.encode(head);
        return head.toArray();
    }

    static ItemPayload decode(ByteBuffer payload) {
        ByteBuffer in = payload.duplicate();
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalStateException("item of format " + format + "; this release reads " + FORMAT);
        }
        Stamp stamp = Stamp.decode(in);
        return new ItemPayload(stamp, in.slice());
    }
}
