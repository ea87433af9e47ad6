package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
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

    /**
     * Looks at the entries before and behind the range too. Only if their keys are right is it known that nothing of the
     * range lies beyond them: a damaged key ends a walk too early, and misleads the search for its beginning.
     *
     * @throws dev.meridian.node.store.DamagedValueException unless the range passes over what is damaged
     */
    void run(Txn<ByteBuffer> txn, Databases databases, Kind kind) {
        CheckedValues values = databases.values();
        try (Cursor<ByteBuffer> cursor = databases.of(kind).openCursor(txn)) {
            RangeEdge edge = new RangeEdge(txn, databases, kind, layout, table, cursor);
            boolean found = range.forward() ? seekForward(cursor, edge) : seekBackward(cursor, edge);
            while (found) {
                if (isInside(cursor.key())) {
                    ByteBuffer bucket = range.passesDamaged()
                            ? values.bodyIfIntact(kind, cursor.key(), cursor.val())
                            : values.body(kind, cursor.key(), cursor.val());
                    if (bucket != null && !visitBucket(bucket)) {
                        return;
                    }
                } else if (!edge.isInPlace()) {
                    edge.damaged(range.passesDamaged());
                } else if (isBehindRange(cursor.key())) {
                    return;
                }
                found = cursor.seek(range.forward() ? SeekOp.MDB_NEXT : SeekOp.MDB_PREV);
            }
        }
    }

    /** To the first entry that may hold something of the range. */
    private boolean seekForward(Cursor<ByteBuffer> cursor, RangeEdge edge) {
        ItemKey start = range.exclusiveStart();
        Bound lower = range.lower();
        if (start != null && (range.partition() == null || lower == null || isAbove(start, lower))) {
            layout.key(seek, table, start);
        } else {
            layout.key(seek, table, firstHash, lower == null ? null : lower.sort());
        }
        boolean before =
                cursor.get(seek, GetOp.MDB_SET_RANGE) ? cursor.seek(SeekOp.MDB_PREV) : cursor.seek(SeekOp.MDB_LAST);
        while (before && !(isOnSide(cursor.key(), -1) && edge.isInPlace())) {
            edge.damaged(range.passesDamaged());
            before = cursor.seek(SeekOp.MDB_PREV);
        }
        return cursor.seek(before ? SeekOp.MDB_NEXT : SeekOp.MDB_FIRST);
    }

    private static boolean isAbove(ItemKey key, Bound bound) {
        return ItemLayout.compareSorts(key.sort(), bound.sort()) > 0;
    }

    /** To the last entry that may hold something of the range. */
    private boolean seekBackward(Cursor<ByteBuffer> cursor, RangeEdge edge) {
        ItemKey start = range.exclusiveStart();
        Bound upper = range.upper();
        Bytes highest = upper == null ? null : upper.sort();
        if (start != null && (upper == null || ItemLayout.compareSorts(start.sort(), upper.sort()) < 0)) {
            highest = start.sort();
        }
        if (highest != null) {
            layout.key(seek, table, firstHash, highest);
        } else {
            behindPartition();
        }
        boolean behind =
                cursor.get(seek, GetOp.MDB_SET_RANGE) && (!cursor.key().equals(seek) || cursor.seek(SeekOp.MDB_NEXT));
        while (behind && !(isOnSide(cursor.key(), 1) && edge.isInPlace())) {
            edge.damaged(range.passesDamaged());
            behind = cursor.seek(SeekOp.MDB_NEXT);
        }
        return cursor.seek(behind ? SeekOp.MDB_PREV : SeekOp.MDB_LAST);
    }

    private void behindPartition() {
        if (firstHash == -1L) {
            ItemLayout.startOfTable(seek, table + 1);
        } else {
            layout.key(seek, table, firstHash + 1, null);
        }
    }

    /** @param side 1 for keys above what was sought, -1 for those below */
    private boolean isOnSide(ByteBuffer key, int side) {
        return Integer.signum(Keys.compare(key, seek)) == side;
    }

    /** Of a key outside of the range, whether it lies beyond its end, in the range's direction. */
    private boolean isBehindRange(ByteBuffer key) {
        int order = Integer.compareUnsigned(ItemLayout.table(key), table);
        if (order == 0) {
            order = Long.compareUnsigned(ItemLayout.hash(key), firstHash);
        }
        return range.forward() == order > 0;
    }

    private boolean isInside(ByteBuffer key) {
        if (key.remaining() < ItemLayout.HASH_END || ItemLayout.table(key) != table) {
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
