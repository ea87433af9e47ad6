package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a transaction puts together what it stores, kept for the next one: direct memory costs more to make than to fill:
 * StoreBenchmark.commitBatch. For the writer alone.
 */
final class WriteBuffers {
    /** Partitions whose buffers are kept, of 16 KB at most each. */
    private static final int PACKS_KEPT = 64;

    private record Place(int table, int partition) {}

    private final ByteSink entry = new ByteSink(4 << 10);
    private final Map<Place, RowPack> packs = new LinkedHashMap<>();
    private ByteBuffer value = ByteBuffer.allocateDirect(8 << 10);

    /** A transaction begins; that before it may have been aborted. */
    void begin() {
        if (packs.size() > PACKS_KEPT) {
            packs.clear();
        }
        packs.values().forEach(RowPack::clear);
    }

    /** For an entry, one at a time; empty. */
    ByteSink entry() {
        entry.clear();
        return entry;
    }

    /** For what LMDB takes as a value, one at a time; empty. */
    ByteBuffer value(int bytes) {
        if (value.capacity() < bytes) {
            value = ByteBuffer.allocateDirect(Math.max(bytes, 2 * value.capacity()));
        }
        return value.clear();
    }

    /** The rows of a partition that are not in the database yet. */
    RowPack pack(int table, int partition) {
        return packs.computeIfAbsent(new Place(table, partition), unused -> new RowPack(table, partition));
    }

    Collection<RowPack> packs() {
        return packs.values();
    }
}
