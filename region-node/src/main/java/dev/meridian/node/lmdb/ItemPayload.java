package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Stamp;
import java.nio.ByteBuffer;

/**
 * What a {@link Bucket} keeps of an item or a tombstone: format number, stamp, image. Both are views; most readers want
 * the image alone, so that the stamp is only decoded for who asks: StoreBenchmark.scan.
 */
record ItemPayload(ByteBuffer encodedStamp, ByteBuffer image) {
    private static final byte FORMAT = 1;

    /** What comes before the image. */
    static byte[] head(Stamp stamp) {
        ByteSink head = new ByteSink(64);
        head.put(FORMAT);
        stamp.encode(head);
        return head.toArray();
    }

    /** @param payload kept, and moved to the stamp */
    static ItemPayload decode(ByteBuffer payload) {
        byte format = payload.get();
        if (format != FORMAT) {
            throw new IllegalStateException("item of format " + format + "; this release reads " + FORMAT);
        }
        int stamp = payload.position();
        Stamp.skip(payload);
        ByteBuffer image = payload.slice();
        return new ItemPayload(payload.position(stamp), image);
    }

    Stamp stamp() {
        return Stamp.decode(encodedStamp.duplicate());
    }
}
