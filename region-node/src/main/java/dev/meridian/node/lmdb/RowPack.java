package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/**
 * Change rows of one partition that were committed together, as one value under the number of the last. A row by itself,
 * with both images of an item of 1 KB, is longer than half a page, so that LMDB writes a page of its own for it, half of
 * it empty, somewhere in the file: StoreBenchmark.commitBatch. Earlier releases wrote rows so; such a row is a pack of one.
 */
final class RowPack {
    /** In front of all packs; what begins with less is a row, see {@link dev.meridian.streams.ChangeCodec}. */
    private static final byte FORMAT = 64;

    /** What fits into four pages of LMDB behind its header and the checksum: longer runs of free pages are hard to get. */
    private static final int MAX_BYTES = 4 * (4 << 10) - 16 - CheckedValues.HEAD_BYTES;

    private final int table;
    private final int partition;
    private ByteSink bytes = new ByteSink(4 << 10);
    private long last;

    RowPack(int table, int partition) {
        this.table = table;
        this.partition = partition;
    }

    int table() {
        return table;
    }

    int partition() {
        return partition;
    }

    boolean isEmpty() {
        return bytes.length() == 0;
    }

    /** Whether another row makes it longer than it should be. A row that is too long by itself is a pack of one. */
    boolean isFullWith(byte[] row) {
        return !isEmpty() && bytes.length() + row.length + 2 * Long.BYTES > MAX_BYTES;
    }

    void add(long sequence, byte[] row) {
        if (isEmpty()) {
            bytes.put(FORMAT);
        }
        bytes.putVarint(sequence).putSized(row);
        last = sequence;
    }

    /** The number of its last row. */
    long last() {
        return last;
    }

    ByteSink bytes() {
        return bytes;
    }

    /** Its rows are stored, or their transaction is aborted. */
    void clear() {
        if (bytes.length() > MAX_BYTES) {
            bytes = new ByteSink(MAX_BYTES);
        }
        bytes.clear();
    }

    /**
     * Shows rows from one number on until the visitor has seen enough.
     *
     * @param pack found under a number not below {@code from}
     * @return whether the visitor would have looked at more
     */
    static boolean forEach(ByteBuffer pack, long from, Predicate<ByteBuffer> visitor) {
        if (pack.get(pack.position()) < FORMAT) {
            return visitor.test(pack);
        }
        ByteBuffer in = pack.duplicate();
        in.get();
        while (in.hasRemaining()) {
            long sequence = ByteSink.getVarint(in);
            ByteBuffer row = ByteSink.getSized(in);
            if (sequence >= from && !visitor.test(row)) {
                return false;
            }
        }
        return true;
    }
}
