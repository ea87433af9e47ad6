package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where an item lies: table number, hash of the partition key, then as much of the sort key as fits LMDB's 511 bytes.
 * LMDB orders by unsigned bytes, so one partition's items lie together in sort-key order; what is cut off, and partition
 * keys of equal hash, share one entry, a {@link Bucket}.
 *
 * <p>Index entries lie in the same way, with the index's number and the keys of {@link
 * dev.meridian.node.store.IndexKeys}.
 *
 * <p>A known weakness: many sort keys of one partition that agree in their first 499 bytes make one large bucket, which
 * every write to it copies. In an index, so do many items of one equal sort value of about that length.
 */
final class ItemLayout {
    static final int MAX_KEY_BYTES = 511;

    static final int TABLE_BYTES = Integer.BYTES;
    static final int HASH_END = TABLE_BYTES + Long.BYTES;
    static final int MAX_SORT_PREFIX = MAX_KEY_BYTES - HASH_END;

    private final ToLongFunction<Bytes> hash;

    ItemLayout(ToLongFunction<Bytes> hash) {
        this.hash = hash;
    }

    long hash(Bytes partition) {
        return hash.applyAsLong(partition);
    }

    /** Fills {@code out} with the LMDB key of an item and makes it ready to be read. */
    void key(ByteBuffer out, int table, ItemKey key) {
        key(out, table, hash(key.partition()), key.sort());
    }

    void key(ByteBuffer out, int table, long hashOfPartition, @Nullable Bytes sort) {
        out.clear();
        out.putInt(table).putLong(hashOfPartition);
        if (sort != null) {
            ByteBuffer bytes = sort.asBuffer();
            bytes.limit(Math.min(bytes.limit(), MAX_SORT_PREFIX));
            out.put(bytes);
        }
        out.flip();
    }

    /** The place before the first item of a table. */
    static void startOfTable(ByteBuffer out, int table) {
        out.clear();
        out.putInt(table).flip();
    }

    static int table(ByteBuffer lmdbKey) {
        return lmdbKey.getInt(lmdbKey.position());
    }

    static long hash(ByteBuffer lmdbKey) {
        return lmdbKey.getLong(lmdbKey.position() + TABLE_BYTES);
    }

    /** The order in which a whole table is visited. */
    Comparator<ItemKey> scanOrder() {
        return (a, b) -> {
            int byHash = Long.compareUnsigned(hash(a.partition()), hash(b.partition()));
            if (byHash != 0) {
                return byHash;
            }
            int byPrefix = compareSorts(prefix(a.sort()), prefix(b.sort()));
            return byPrefix != 0 ? byPrefix : Bucket.ORDER.compare(a, b);
        };
    }

    static int compareSorts(@Nullable Bytes a, @Nullable Bytes b) {
        if (a == null || b == null) {
            return (a == null ? 0 : 1) - (b == null ? 0 : 1);
        }
        return a.compareTo(b);
    }

    private static @Nullable Bytes prefix(@Nullable Bytes sort) {
        if (sort == null || sort.length() <= MAX_SORT_PREFIX) {
            return sort;
        }
        return Bytes.copyOf(sort.asBuffer().limit(MAX_SORT_PREFIX));
    }
}
