package dev.meridian.node.lmdb;

import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.PartitionRange;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** The change rows of several partitions in the order of their commits, which is that of their numbers. */
final class MergedRows {
    private MergedRows() {}

    /**
     * @param from the first number to visit
     * @throws dev.meridian.node.store.DamagedValueException at a damaged row, for nobody can tell which rows are before it
     */
    static void forEach(
            Txn<ByteBuffer> txn,
            Databases databases,
            int table,
            PartitionRange partitions,
            long from,
            Predicate<Change> visitor) {
        List<Source> opened = new ArrayList<>();
        try {
            Queue<Source> waiting = new PriorityQueue<>(Comparator.comparingLong(Source::next));
            for (int partition = partitions.first(); partition < partitions.end(); partition++) {
                Source source = new Source(txn, databases, table, partition, from);
                opened.add(source);
                if (source.fill()) {
                    waiting.add(source);
                }
            }
            Source source = waiting.poll();
            while (source != null && visitor.test(source.take())) {
                if (source.fill()) {
                    waiting.add(source);
                }
                source = waiting.poll();
            }
        } finally {
            opened.forEach(Source::close);
        }
    }

    /** One partition, a pack at a time. */
    private static final class Source {
        private final Txn<ByteBuffer> txn;
        private final Databases databases;
        private final ByteBuffer prefix;
        private final ByteBuffer start;
        private final long from;
        private final Queue<Change> rows = new ArrayDeque<>();
        private @Nullable Cursor<ByteBuffer> cursor;

        Source(Txn<ByteBuffer> txn, Databases databases, int table, int partition, long from) {
            this.txn = txn;
            this.databases = databases;
            this.prefix = Keys.rowsOf(table, partition);
            this.start = Keys.row(table, partition, from);
            this.from = from;
        }

        /** @return whether there is another row */
        boolean fill() {
            while (rows.isEmpty() && seekPack()) {
                ByteBuffer pack = databases.body(Kind.CHANGE_ROW, Objects.requireNonNull(cursor));
                RowPack.forEach(pack, from, row -> rows.add(ChangeCodec.decode(row)));
            }
            return !rows.isEmpty();
        }

        private boolean seekPack() {
            Cursor<ByteBuffer> at = cursor;
            boolean found;
            if (at == null) {
                at = databases.changes.openCursor(txn);
                cursor = at;
                found = databases.seek(txn, Kind.CHANGE_ROW, at, start);
            } else {
                found = at.seek(SeekOp.MDB_NEXT);
            }
            return found && databases.isUnder(txn, Kind.CHANGE_ROW, at, prefix, SeekOp.MDB_NEXT);
        }

        long next() {
            return rows.element().sequence().value();
        }

        Change take() {
            return rows.remove();
        }

        void close() {
            if (cursor != null) {
                cursor.close();
            }
        }
    }
}
