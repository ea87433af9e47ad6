package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of one LMDB entry: the items (or tombstones, or index entries) that share its key, nearly always one, sorted
 * by full key. Each is its key, then a sized payload.
 */
final class Bucket {
    static final Comparator<ItemKey> ORDER =
            Comparator.comparing(ItemKey::partition).thenComparing(ItemKey::sort, ItemLayout::compareSorts);

    private Bucket() {}

    /** One member of a bucket. The payload is a view of the bucket. */
    record Entry(ItemKey key, ByteBuffer payload) {}

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

    /** Whether a bucket without a checksum consists of whole entries. */
    static boolean isReadable(ByteBuffer bucket) {
        ByteBuffer in = bucket.duplicate();
        try {
            do {
                ByteSink.getSized(in);
                if (in.get() != 0) {
                    ByteSink.getSized(in);
                }
                ByteSink.getSized(in);
            } while (in.hasRemaining());
            return true;
        } catch (IllegalArgumentException | BufferUnderflowException broken) {
            return false;
        }
    }

    /** The key of the first entry of a value, which may be damaged; null if it is none that lies under the LMDB key. */
    static @Nullable ItemKey firstKeyIfReadable(ByteBuffer value, ByteBuffer lmdbKey, ItemLayout layout) {
        ItemKey key = firstKeyIfReadable(value);
        if (key == null || lmdbKey.remaining() < ItemLayout.HASH_END) {
            return null;
        }
        ByteBuffer expected = ByteBuffer.allocate(ItemLayout.MAX_KEY_BYTES);
        layout.key(expected, ItemLayout.table(lmdbKey), key);
        return expected.equals(lmdbKey) ? key : null;
    }

    private static @Nullable ItemKey firstKeyIfReadable(ByteBuffer value) {
        ByteBuffer in = value.duplicate();
        try {
            return ItemKey.decode(
                    in.position(in.position() + (CheckedValues.hasChecksum(in) ? CheckedValues.HEAD_BYTES : 0)));
        } catch (IllegalArgumentException | BufferUnderflowException broken) {
            return null;
        }
    }

    /** The payload under a key, as a view. */
    static @Nullable ByteBuffer find(ByteBuffer bucket, ItemKey key) {
        ByteBuffer in = bucket.duplicate();
        while (in.hasRemaining()) {
            boolean found = skipKey(in, key);
            ByteBuffer payload = ByteSink.getSized(in);
            if (found) {
                return payload;
            }
        }
        return null;
    }

    /** The bucket with one more or one replaced entry, whose payload is {@code head} and then {@code body}. */
    static void with(@Nullable ByteBuffer bucket, ItemKey key, byte[] head, @Nullable Bytes body, ByteSink out) {
        boolean placed = false;
        if (bucket != null) {
            for (Entry entry : read(bucket)) {
                int order = ORDER.compare(entry.key(), key);
                if (order >= 0 && !placed) {
                    write(key, head, body, out);
                    placed = true;
                }
                if (order != 0) {
                    write(entry, out);
                }
            }
        }
        if (!placed) {
            write(key, head, body, out);
        }
    }

    /** The bucket without an entry; nothing is written when it was the only one. */
    static void without(ByteBuffer bucket, ItemKey key, ByteSink out) {
        for (Entry entry : read(bucket)) {
            if (ORDER.compare(entry.key(), key) != 0) {
                write(entry, out);
            }
        }
    }

    private static void write(ItemKey key, byte[] head, @Nullable Bytes body, ByteSink out) {
        key.encode(out);
        out.putVarint(head.length + (long) (body == null ? 0 : body.length()));
        out.put(head);
        if (body != null) {
            out.put(body);
        }
    }

    private static void write(Entry entry, ByteSink out) {
        entry.key().encode(out);
        out.putVarint(entry.payload().remaining());
        out.put(entry.payload());
    }

    private static Entry next(ByteBuffer in) {
        ItemKey key = ItemKey.decode(in);
        return new Entry(key, ByteSink.getSized(in));
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
