package dev.meridian.node.lmdb;

import dev.meridian.model.TableId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/**
 * The change rows, partition by partition. What is pending is known without looking: each partition's last row and
 * cursors are kept in memory, changed only by the writer behind a commit, and rebuilt when the store opens.
 *
 * <p>A replica that was removed and is added again has the id, and the topics, of the dropped table whose rows may not
 * all be published or swept yet: the rows of both are one sequence.
 */
final class ChangeRows implements ChangeLog {
    private final LmdbStore store;
    private final Map<PartitionOf, Rows> partitions = new ConcurrentHashMap<>();
    private final Map<Lane, ConcurrentSkipListMap<Long, Rows>> pending = new EnumMap<>(Lane.class);
    private final List<Runnable> doorbells = new CopyOnWriteArrayList<>();
    private volatile long last;

    ChangeRows(LmdbStore store) {
        this.store = store;
        for (Lane lane : Lane.values()) {
            pending.put(lane, new ConcurrentSkipListMap<>());
        }
    }

    private record PartitionOf(TableId table, int partition) {}

    /** One partition's rows. Fields are written by the writer only. */
    static final class Rows {
        final ChangePartition partition;
        /** Of the tables of this id, dropped or not. Later rows have greater ones. */
        final ConcurrentSkipListSet<Integer> numbers = new ConcurrentSkipListSet<>();

        final Map<Lane, Long> cursors = new ConcurrentHashMap<>();
        final Map<Lane, Long> lastRows = new ConcurrentHashMap<>();
        private final long order;

        Rows(TableDescriptor table, int partition) {
            this.partition =
                    new ChangePartition(table.id(), table.name(), table.schema(), partition, table.partitions());
            this.order = ((long) table.number() << Short.SIZE) | partition;
        }

        long cursor(Lane lane) {
            return cursors.getOrDefault(lane, 0L);
        }

        boolean isPending(Lane lane) {
            return lastRows.getOrDefault(lane, 0L) > cursor(lane);
        }

        boolean isPending() {
            return isPending(Lane.REPLICATION) || isPending(Lane.STREAM);
        }

        /** Whether no lane waits for it. */
        boolean isPublished(Change row) {
            return row.lanes().stream().allMatch(lane -> row.sequence().value() <= cursor(lane));
        }

        /** Tables are never renumbered, so that the order is stable. */
        long order() {
            return order;
        }
    }

    /** Called once, before anything else, with all tables, the dropped ones too. */
    void restore(Txn<ByteBuffer> txn, Databases databases, List<TableDescriptor> tables, long lastSequence) {
        last = lastSequence;
        for (TableDescriptor table : tables) {
            for (int partition = 0; partition < table.partitions(); partition++) {
                restoreCursors(txn, databases, table, rows(table, partition));
            }
        }
        for (TableDescriptor table : tables) {
            for (int partition = 0; partition < table.partitions(); partition++) {
                restoreLastRows(txn, databases, table, rows(table, partition));
            }
        }
    }

    private static void restoreCursors(Txn<ByteBuffer> txn, Databases databases, TableDescriptor table, Rows rows) {
        for (Lane lane : Lane.values()) {
            ByteBuffer cursor =
                    databases.cursors.get(txn, Keys.cursor(table.number(), rows.partition.partition(), lane));
            if (cursor != null) {
                rows.cursors.merge(lane, cursor.getLong(0), Math::max);
            }
        }
    }

    private void restoreLastRows(Txn<ByteBuffer> txn, Databases databases, TableDescriptor table, Rows rows) {
        // From the end backwards, until the last row of each lane is known or only published ones are left.
        int partition = rows.partition.partition();
        ByteBuffer prefix = Keys.rowsOf(table.number(), partition);
        Map<Lane, Long> lastRows = new EnumMap<>(Lane.class);
        try (Cursor<ByteBuffer> cursor = databases.changes.openCursor(txn)) {
            ByteBuffer behind = Keys.row(table.number(), partition, -1L);
            boolean found = cursor.get(behind, GetOp.MDB_SET_RANGE)
                    ? cursor.seek(SeekOp.MDB_PREV)
                    : cursor.seek(SeekOp.MDB_LAST);
            while (found
                    && Keys.startsWith(cursor.key(), prefix)
                    && !isKnownBehind(cursor.key(), table, rows, lastRows)) {
                Map<Lane, Long> lastOfPack = new EnumMap<>(Lane.class);
                RowPack.forEach(cursor.val(), 0, row -> {
                    Change change = ChangeCodec.decode(row);
                    change.lanes()
                            .forEach(lane ->
                                    lastOfPack.put(lane, change.sequence().value()));
                    return true;
                });
                lastOfPack.forEach(lastRows::putIfAbsent);
                found = cursor.seek(SeekOp.MDB_PREV);
            }
        }
        lastRows.forEach((lane, sequence) -> rows.lastRows.merge(lane, sequence, Math::max));
        notePending(rows);
    }

    /** Whether neither this row nor an earlier one can be the last that a lane waits for. */
    private static boolean isKnownBehind(ByteBuffer key, TableDescriptor table, Rows rows, Map<Lane, Long> lastRows) {
        long sequence = Keys.sequenceOfRow(key);
        boolean streams = lastRows.containsKey(Lane.STREAM) || sequence <= rows.cursor(Lane.STREAM);
        boolean neverReplicated = !table.replicated() && rows.cursor(Lane.REPLICATION) == 0;
        return streams
                && (neverReplicated
                        || lastRows.containsKey(Lane.REPLICATION)
                        || sequence <= rows.cursor(Lane.REPLICATION));
    }

    private Rows rows(TableDescriptor table, int partition) {
        Rows rows = partitions.computeIfAbsent(
                new PartitionOf(table.id(), partition), unused -> new Rows(table, partition));
        rows.numbers.add(table.number());
        return rows;
    }

    private @Nullable Rows rows(ChangePartition partition) {
        return partitions.get(new PartitionOf(partition.tableId(), partition.partition()));
    }

    private void notePending(Rows rows) {
        pending.forEach((lane, waiting) -> {
            if (rows.isPending(lane)) {
                waiting.put(rows.order(), rows);
            } else {
                waiting.remove(rows.order());
            }
        });
    }

    /** Behind the commit that made a table, on the writer. */
    void made(LmdbWriteView.TableMade made) {
        for (int partition = 0; partition < made.table().partitions(); partition++) {
            Rows rows = rows(made.table(), partition);
            made.lanes().forEach(lane -> rows.cursors.merge(lane, made.before(), Math::max));
        }
    }

    /** Behind a commit, on the writer. */
    void committed(List<LmdbWriteView.RowAdded> added, long lastSequence) {
        for (LmdbWriteView.RowAdded row : added) {
            Rows rows = rows(row.table(), row.partition());
            row.lanes().forEach(lane -> rows.lastRows.put(lane, row.sequence()));
            notePending(rows);
        }
        last = lastSequence;
        if (!added.isEmpty()) {
            doorbells.forEach(Runnable::run);
        }
    }

    /** Behind the commit of a mark, on the writer. */
    void marked(Lane lane, Map<ChangePartition, SequenceNumber> published) {
        published.forEach((partition, sequence) -> {
            Rows rows = rows(partition);
            if (rows != null) {
                lanesThrough(rows, lane).forEach(each -> rows.cursors.merge(each, sequence.value(), Math::max));
                notePending(rows);
            }
        });
    }

    /** A dropped table is gone for good. */
    void forget(TableDescriptor table) {
        for (Rows rows : all()) {
            if (rows.numbers.remove(table.number()) && rows.numbers.isEmpty()) {
                partitions.values().remove(rows);
                pending.values().forEach(waiting -> waiting.remove(rows.order()));
            }
        }
    }

    boolean isPending(TableDescriptor table) {
        return partitions.values().stream().anyMatch(rows -> rows.numbers.contains(table.number()) && rows.isPending());
    }

    /** All partitions, for the sweeper. */
    List<Rows> all() {
        List<Rows> all = new ArrayList<>(partitions.values());
        all.sort(java.util.Comparator.comparingLong(Rows::order));
        return all;
    }

    @Override
    public List<ChangePartition> pending(Lane lane) {
        List<ChangePartition> waiting = new ArrayList<>();
        pendingOf(lane).values().forEach(rows -> waiting.add(rows.partition));
        return waiting;
    }

    private ConcurrentSkipListMap<Long, Rows> pendingOf(Lane lane) {
        return java.util.Objects.requireNonNull(pending.get(lane));
    }

    @Override
    public SequenceNumber newest(Lane lane, ChangePartition partition) {
        Rows rows = rows(partition);
        return rows == null ? SequenceNumber.NONE : new SequenceNumber(rows.lastRows.getOrDefault(lane, 0L));
    }

    @Override
    public List<Change> read(Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes) {
        Rows rows = rows(partition);
        if (rows == null) {
            return List.of();
        }
        return store.readRaw((txn, databases) -> {
            List<Change> changes = new ArrayList<>();
            int[] bytes = {0};
            Predicate<ByteBuffer> visitor = row -> {
                Change change = ChangeCodec.decode(row);
                if (change.lanes().contains(lane)) {
                    changes.add(change);
                    bytes[0] += row.remaining();
                }
                return changes.size() < maxRows && bytes[0] < maxBytes;
            };
            for (int table : rows.numbers) {
                if (!forEachRow(txn, databases.changes, table, partition.partition(), after.value() + 1, visitor)) {
                    break;
                }
            }
            return changes;
        });
    }

    /** @return whether the visitor would have looked at more */
    static boolean forEachRow(
            Txn<ByteBuffer> txn,
            Dbi<ByteBuffer> changes,
            int table,
            int partition,
            long from,
            Predicate<ByteBuffer> visitor) {
        return forEachPack(txn, changes, table, partition, from, (last, pack) -> RowPack.forEach(pack, from, visitor));
    }

    /** What is shown packs with rows from one number on. */
    interface PackVisitor {
        /**
         * @param last the number that the pack has, and its last row
         * @return whether to look at more
         */
        boolean test(long last, ByteBuffer pack);
    }

    /** @return whether the visitor would have looked at more */
    static boolean forEachPack(
            Txn<ByteBuffer> txn, Dbi<ByteBuffer> changes, int table, int partition, long from, PackVisitor visitor) {
        ByteBuffer prefix = Keys.rowsOf(table, partition);
        try (Cursor<ByteBuffer> cursor = changes.openCursor(txn)) {
            boolean found = cursor.get(Keys.row(table, partition, from), GetOp.MDB_SET_RANGE);
            while (found && Keys.startsWith(cursor.key(), prefix)) {
                if (!visitor.test(Keys.sequenceOfRow(cursor.key()), cursor.val())) {
                    return false;
                }
                found = cursor.seek(SeekOp.MDB_NEXT);
            }
        }
        return true;
    }

    @Override
    public SequenceNumber cursor(Lane lane, ChangePartition partition) {
        Rows rows = rows(partition);
        return rows == null ? SequenceNumber.NONE : new SequenceNumber(rows.cursor(lane));
    }

    @Override
    public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, SequenceNumber> published) {
        if (published.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return store.writeLater(view -> {
            for (Map.Entry<ChangePartition, SequenceNumber> reached : published.entrySet()) {
                Rows rows = rows(reached.getKey());
                if (rows != null) {
                    long sequence = reached.getValue().value();
                    lanesThrough(rows, lane)
                            .filter(each -> sequence > rows.cursor(each))
                            .forEach(each -> view.put(
                                    view.databases.cursors,
                                    Keys.cursor(rows.numbers.last(), rows.partition.partition(), each),
                                    Keys.number(sequence)));
                }
            }
            return () -> marked(lane, published);
        });
    }

    /**
     * The lane that has published up to a row, and the other if nothing of it waits: rows may be kept for a day, and when
     * the store opens nobody is to look through all of them for one that waits.
     */
    private static Stream<Lane> lanesThrough(Rows rows, Lane marked) {
        return Arrays.stream(Lane.values()).filter(lane -> lane == marked || !rows.isPending(lane));
    }

    @Override
    public TopicSettings topics(ChangePartition partition) {
        TableDescriptor table = store.catalog().table(partition.tableId());
        return table == null ? TopicSettings.DEFAULT : table.topics();
    }

    @Override
    public SequenceNumber last() {
        return new SequenceNumber(last);
    }

    @Override
    public void onCommit(Runnable doorbell) {
        doorbells.add(doorbell);
    }
}
