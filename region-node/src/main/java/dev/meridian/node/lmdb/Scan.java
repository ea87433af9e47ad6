package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** One walk over a range of items or tombstones of a table, or of entries of an index, which then is the table. */
final class Scan {
    private final ItemLayout layout;
    private final int table;
    private final ScanRange range;
    private final Predicate<Bucket.Entry> visitor;
    private final ByteBuffer seek = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);

    /** The hashes visited, both ends included, as unsigned numbers. */
    private final long firstHash;

    private final long lastHash;

    Scan(ItemLayout layout, int table, ScanRange range, Predicate<Bucket.Entry> visitor) {
        this.layout = layout;
        this.table = table;
        this.range = range;
        this.visitor = visitor;
        Bytes partition = range.partition();
        if (partition != null) {
            firstHash = layout.hash(partition);
            lastHash = firstHash;
        } else {
            firstHash = segmentStart(range.segment(), range.totalSegments());
            lastHash = range.segment() + 1 == range.totalSegments()
                    ? -1L
                    : segmentStart(range.segment() + 1, range.totalSegments()) - 1;
        }
    }

    /** Segments share the space of hashes equally: segment · 2^64 / total. */
    private static long segmentStart(int segment, int total) {
        return java.math.BigInteger.valueOf(segment)
                .shiftLeft(Long.SIZE)
                .divide(java.math.BigInteger.valueOf(total))
                .longValue();
    }

    void run(Txn<ByteBuffer> txn, Dbi<ByteBuffer> database) {
        try (Cursor<ByteBuffer> cursor = database.openCursor(txn)) {
            boolean found = range.forward() ? seekForward(cursor) : seekBackward(cursor);
            while (found && isInside(cursor.key()) && visitBucket(cursor.val())) {
                found = cursor.seek(range.forward() ? SeekOp.MDB_NEXT : SeekOp.MDB_PREV);
            }
        }
    }

    private boolean seekForward(Cursor<ByteBuffer> cursor) {
        ItemKey start = range.exclusiveStart();
        Bound lower = range.lower();
        if (start != null && (range.partition() == null || lower == null || isAbove(start, lower))) {
            layout.key(seek, table, start);
        } else {
            layout.key(seek, table, firstHash, lower == null ? null : lower.sort());
        }
        return cursor.get(seek, GetOp.MDB_SET_RANGE);
    }

    private static boolean isAbove(ItemKey key, Bound bound) {
        return ItemLayout.compareSorts(key.sort(), bound.sort()) > 0;
    }

    /** To the last entry that may hold something of the range. */
    private boolean seekBackward(Cursor<ByteBuffer> cursor) {
        ItemKey start = range.exclusiveStart();
        Bound upper = range.upper();
        Bytes highest = upper == null ? null : upper.sort();
        if (start != null && (upper == null || ItemLayout.compareSorts(start.sort(), upper.sort()) < 0)) {
            highest = start.sort();
        }
        if (highest != null) {
            layout.key(seek, table, firstHash, highest);
            if (cursor.get(seek, GetOp.MDB_SET_RANGE)) {
                return cursor.key().equals(seek) || cursor.seek(SeekOp.MDB_PREV);
            }
        } else {
            behindPartition();
            if (cursor.get(seek, GetOp.MDB_SET_RANGE)) {
                return cursor.seek(SeekOp.MDB_PREV);
            }
        }
        return cursor.seek(SeekOp.MDB_LAST);
    }

    private void behindPartition() {
        if (firstHash == -1L) {
            ItemLayout.startOfTable(seek, table + 1);
        } else {
            layout.key(seek, table, firstHash + 1, null);
        }
    }

    private boolean isInside(ByteBuffer key) {
        if (ItemLayout.table(key) != table) {
            return false;
        }
        long hash = ItemLayout.hash(key);
        return Long.compareUnsigned(hash, firstHash) >= 0 && Long.compareUnsigned(hash, lastHash) <= 0;
    }

    /** @return whether to go on */
    private boolean visitBucket(ByteBuffer bucket) {
        List<Bucket.Entry> entries = Bucket.read(bucket);
        for (int i = 0; i < entries.size(); i++) {
            Bucket.Entry entry = entries.get(range.forward() ? i : entries.size() - 1 - i);
            ItemKey key = entry.key();
            if (range.partition() != null && !key.partition().equals(range.partition())) {
                continue;
            }
            if (range.partition() != null && isPastEnd(key)) {
                return false;
            }
            if (isBehindStart(key) && !visitor.test(entry)) {
                return false;
            }
        }
        return true;
    }

    private boolean isPastEnd(ItemKey key) {
        return range.forward() ? isOutside(key, range.upper(), 1) : isOutside(key, range.lower(), -1);
    }

    private boolean isBehindStart(ItemKey key) {
        if (range.partition() != null
                && (range.forward() ? isOutside(key, range.lower(), -1) : isOutside(key, range.upper(), 1))) {
            return false;
        }
        ItemKey start = range.exclusiveStart();
        if (start == null) {
            return true;
        }
        int order = layout.scanOrder().compare(key, start);
        return range.forward() ? order > 0 : order < 0;
    }

    /** @param side 1 when the bound is the upper one, -1 when it is the lower */
    private static boolean isOutside(ItemKey key, @Nullable Bound bound, int side) {
        if (bound == null) {
            return false;
        }
        int order = ItemLayout.compareSorts(key.sort(), bound.sort()) * side;
        return order > 0 || (order == 0 && !bound.inclusive());
    }
}
