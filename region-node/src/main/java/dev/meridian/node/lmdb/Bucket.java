package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of one LMDB entry: the items (or tombstones) that share its key, nearly always one, sorted by full key. Each
 * is its key, then a sized payload: format number, stamp, image.
 */
final class Bucket {
    static final Comparator<ItemKey> ORDER =
            Comparator.comparing(ItemKey::partition).thenComparing(ItemKey::sort, ItemLayout::compareSorts);

    private static final byte FORMAT = 1;

    private Bucket() {}

    /** One item of a bucket. The image is a view of the bucket. */
    record Entry(ItemKey key, Stamp stamp, ByteBuffer image) {}

    static List<Entry> read(ByteBuffer bucket) {
        ByteBuffer in = bucket.duplicate();
        Entry first = next(in);
        if (!in.hasRemaining()) {
            return List.of(first);
        }
        List<Entry> entries = new ArrayList<>();
        entries.add(first);
        while (in.hasRemaining()) {
            entries.add(next(in));
        }
        return entries;
    }

    static @Nullable Entry find(ByteBuffer bucket, ItemKey key) {
        ByteBuffer in = bucket.duplicate();
        while (in.hasRemaining()) {
            boolean found = skipKey(in, key);
            ByteBuffer payload = ByteSink.getSized(in);
            if (found) {
                return entry(key, payload);
            }
        }
        return null;
    }

    /** The bucket with one more or one replaced entry. */
    static void with(@Nullable ByteBuffer bucket, ItemKey key, Stamp stamp, @Nullable Bytes image, ByteSink out) {
        boolean placed = false;
        if (bucket != null) {
            for (Entry entry : read(bucket)) {
                int order = ORDER.compare(entry.key(), key);
                if (order >= 0 && !placed) {
                    write(key, stamp, image == null ? null : image.asBuffer(), out);
                    placed = true;
                }
                if (order != 0) {
                    write(entry.key(), entry.stamp(), entry.image(), out);
                }
            }
        }
        if (!placed) {
            write(key, stamp, image == null ? null : image.asBuffer(), out);
        }
    }

    /** The bucket without an entry; nothing is written when it was the only one. */
    static void without(ByteBuffer bucket, ItemKey key, ByteSink out) {
        for (Entry entry : read(bucket)) {
            if (ORDER.compare(entry.key(), key) != 0) {
                write(entry.key(), entry.stamp(), entry.image(), out);
            }
        }
    }

    private static void write(ItemKey key, Stamp stamp, @Nullable ByteBuffer image, ByteSink out) {
        key.encode(out);
        ByteSink head = new ByteSink(64);
        head.put(FORMAT);
        stamp.encode(head);
        out.putVarint(head.length() + (long) (image == null ? 0 : image.remaining()));
        out.put(head.toArray());
        if (image != null) {
            out.put(image);
        }
    }

    private static Entry next(ByteBuffer in) {
        ItemKey key = ItemKey.decode(in);
        return entry(key, ByteSink.getSized(in));
    }

    private static Entry entry(ItemKey key, ByteBuffer payload) {
        byte format = payload.get();
        if (format != FORMAT) {
            throw new IllegalStateException("item of format " + format + "; this release reads " + FORMAT);
        }
        Stamp stamp = Stamp.decode(payload);
        return new Entry(key, stamp, payload.slice());
    }

    /** Moves behind an encoded key without making it. @return whether it was {@code key} */
    private static boolean skipKey(ByteBuffer in, ItemKey key) {
        boolean same = ByteSink.getSized(in).equals(key.partition().asBuffer());
        boolean hasSort = in.get() != 0;
        Bytes sort = key.sort();
        if (!hasSort) {
            return same && sort == null;
        }
        ByteBuffer found = ByteSink.getSized(in);
        return same && sort != null && found.equals(sort.asBuffer());
    }
}
