package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.TableId;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.DamagedRowException;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicSettings;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
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

        /** Where what the cursors name lies in the topics, as far as that is known. */
        final Map<Lane, LogPosition> places = new ConcurrentHashMap<>();

        /** Since the store was opened. */
        final LongAdder writeUnits = new LongAdder();

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

        /** Whether no lane waits for anything up to a sequence number. */
        boolean isPublished(long sequence) {
            return Arrays.stream(Lane.values()).allMatch(lane -> sequence <= cursor(lane) || !isPending(lane));
        }

        /** Tables are never renumbered, so that the order is stable. */
        long order() {
            return order;
        }
    }

    /**
     * Called whenever an environment has been opened, with all tables, the dropped ones too. What is known already is of
     * earlier commits of the same store: numbers only grow.
     */
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
        Set<Integer> there = tables.stream().map(TableDescriptor::number).collect(Collectors.toSet());
        all().forEach(rows -> List.copyOf(rows.numbers).stream()
                .filter(number -> !there.contains(number))
                .forEach(number -> forget(rows, number)));
    }

    /** There may be something new. */
    void ring() {
        doorbells.forEach(Runnable::run);
    }

    private static void restoreCursors(Txn<ByteBuffer> txn, Databases databases, TableDescriptor table, Rows rows) {
        for (Lane lane : Lane.values()) {
            ByteBuffer key = Keys.cursor(table.number(), rows.partition.partition(), lane);
            ByteBuffer cursor = databases.cursors.get(txn, key);
            if (cursor != null && cursor.remaining() < Long.BYTES) {
                throw Keys.damaged("cursor", key);
            }
            if (cursor != null) {
                rows.cursors.merge(lane, cursor.getLong(0), Math::max);
                if (cursor.remaining() > Long.BYTES) {
                    rows.places.put(lane, placeOfCursor(key, cursor));
                }
            }
        }
    }

    private static LogPosition placeOfCursor(ByteBuffer key, ByteBuffer cursor) {
        try {
            return LogPosition.decode(cursor.duplicate().position(Long.BYTES));
        } catch (IllegalArgumentException | BufferUnderflowException unreadable) {
            throw Keys.damaged("cursor", key);
        }
    }

    private void restoreLastRows(Txn<ByteBuffer> txn, Databases databases, TableDescriptor table, Rows rows) {
        // Until the last row of each lane is known or only published ones are left.
        Map<Lane, Long> lastRows = new EnumMap<>(Lane.class);
        // Whose lanes nobody can tell: each finds it, and says so.
        Set<Lane> anyLane = table.replicated() ? EnumSet.allOf(Lane.class) : EnumSet.of(Lane.STREAM);
        PackVisitor visitor = (lastOfPack, stored) -> {
            if (isKnownBehind(lastOfPack, table, rows, lastRows)) {
                return false;
            }
            ByteBuffer pack = stored.bodyIfIntact();
            if (pack == null) {
                anyLane.forEach(lane -> lastRows.putIfAbsent(lane, lastOfPack));
            } else {
                noteLast(pack, lastRows);
            }
            return true;
        };
        try {
            forEachPackBackwards(txn, databases, table.number(), rows.partition.partition(), visitor);
        } catch (DamagedValueException damagedKey) {
            anyLane.forEach(lane -> lastRows.put(lane, last));
        }
        lastRows.forEach((lane, sequence) -> rows.lastRows.merge(lane, sequence, Math::max));
        notePending(rows);
    }

    /** Whether neither this row nor an earlier one can be the last that a lane waits for. */
    private static boolean isKnownBehind(long sequence, TableDescriptor table, Rows rows, Map<Lane, Long> lastRows) {
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
            rows.writeUnits.add(row.writeUnits());
            notePending(rows);
        }
        last = lastSequence;
        if (!added.isEmpty()) {
            doorbells.forEach(Runnable::run);
        }
    }

    /** Behind the commit of a mark, on the writer. */
    private void marked(Lane lane, Map<ChangePartition, Published> published) {
        published.forEach((partition, reached) -> {
            Rows rows = rows(partition);
            if (rows != null) {
                long sequence = reached.through().value();
                lanesThrough(rows, lane).forEach(each -> rows.cursors.merge(each, sequence, Math::max));
                if (reached.place() != null) {
                    rows.places.put(lane, reached.place());
                }
                notePending(rows);
            }
        });
    }

    /** A dropped table is gone for good. */
    void forget(TableDescriptor table) {
        all().forEach(rows -> forget(rows, table.number()));
    }

    private void forget(Rows rows, int number) {
        if (rows.numbers.remove(number) && rows.numbers.isEmpty()) {
            partitions.values().remove(rows);
            pending.values().forEach(waiting -> waiting.remove(rows.order()));
        }
    }

    boolean isPending(TableDescriptor table) {
        return partitions.values().stream().anyMatch(rows -> rows.numbers.contains(table.number()) && rows.isPending());
    }

    /** What was written to a table since the store was opened, as DynamoDB counts it. */
    long writeUnits(TableId table) {
        return partitions.values().stream()
                .filter(rows -> rows.partition.tableId().equals(table))
                .mapToLong(rows -> rows.writeUnits.sum())
                .sum();
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
            try {
                for (int table : rows.numbers) {
                    if (!forEachRow(txn, databases, table, partition.partition(), after.value() + 1, visitor)) {
                        break;
                    }
                }
            } catch (DamagedValueException damaged) {
                if (changes.isEmpty()) {
                    throw new DamagedRowException(String.valueOf(damaged.getMessage()), damaged);
                }
            }
            return changes;
        });
    }

    /** @return whether the visitor would have looked at more */
    static boolean forEachRow(
            Txn<ByteBuffer> txn,
            Databases databases,
            int table,
            int partition,
            long from,
            Predicate<ByteBuffer> visitor) {
        return forEachPack(
                txn,
                databases,
                table,
                partition,
                from,
                (last, stored) -> RowPack.forEach(stored.body(), from, visitor));
    }

    /** What is shown packs of rows. */
    interface PackVisitor {
        /**
         * @param last the number that the pack has, and its last row
         * @return whether to look at more
         */
        boolean test(long last, StoredPack pack);
    }

    /** The pack that a cursor is at. */
    record StoredPack(Databases databases, Cursor<ByteBuffer> at) {
        /** @throws dev.meridian.node.store.DamagedValueException if its checksum does not match */
        ByteBuffer body() {
            return databases.body(Kind.CHANGE_ROW, at);
        }

        /** @return null if it is damaged */
        @Nullable
        ByteBuffer bodyIfIntact() {
            return databases.values().bodyIfIntact(Kind.CHANGE_ROW, at.key(), at.val());
        }
    }

    /** @return whether the visitor would have looked at more */
    static boolean forEachPack(
            Txn<ByteBuffer> txn, Databases databases, int table, int partition, long from, PackVisitor visitor) {
        ByteBuffer prefix = Keys.rowsOf(table, partition);
        try (Cursor<ByteBuffer> cursor = databases.changes.openCursor(txn)) {
            StoredPack pack = new StoredPack(databases, cursor);
            boolean found = databases.seek(txn, Kind.CHANGE_ROW, cursor, Keys.row(table, partition, from));
            while (found && databases.isUnder(txn, Kind.CHANGE_ROW, cursor, prefix, SeekOp.MDB_NEXT)) {
                if (!visitor.test(Keys.sequenceOfRow(cursor.key()), pack)) {
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
    public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published) {
        if (published.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return store.writeLater(view -> {
            for (Map.Entry<ChangePartition, Published> reached : published.entrySet()) {
                Rows rows = rows(reached.getKey());
                if (rows != null) {
                    long sequence = reached.getValue().through().value();
                    LogPosition place = reached.getValue().place();
                    lanesThrough(rows, lane)
                            .filter(each -> sequence > rows.cursor(each) || (each == lane && place != null))
                            .forEach(each -> putCursor(
                                    view,
                                    rows,
                                    each,
                                    Math.max(sequence, rows.cursor(each)),
                                    each == lane && place != null ? place : rows.places.get(each)));
                }
            }
            return () -> marked(lane, published);
        });
    }

    private static void putCursor(
            LmdbWriteView view, Rows rows, Lane lane, long sequence, @Nullable LogPosition place) {
        ByteSink value = new ByteSink(64);
        value.putLong(sequence);
        if (place != null) {
            place.encode(value);
        }
        view.put(
                view.databases.cursors,
                Keys.cursor(rows.numbers.last(), rows.partition.partition(), lane),
                Keys.direct(value.toArray()));
    }

    @Override
    public CompletionStage<Void> rewind(Lane lane, Map<ChangePartition, Published> to) {
        return store.writeNow(view -> {
            to.forEach((partition, reached) -> {
                Rows rows = rows(partition);
                if (rows != null) {
                    // Under an earlier number of the table there may be a cursor that is further.
                    rows.numbers
                            .headSet(rows.numbers.last())
                            .forEach(number -> view.delete(
                                    view.databases.cursors, Keys.cursor(number, rows.partition.partition(), lane)));
                    putCursor(view, rows, lane, reached.through().value(), reached.place());
                }
            });
            return () -> rewound(lane, to);
        });
    }

    private void rewound(Lane lane, Map<ChangePartition, Published> to) {
        to.forEach((partition, reached) -> {
            Rows rows = rows(partition);
            if (rows != null) {
                rows.cursors.put(lane, reached.through().value());
                rows.places.remove(lane);
                if (reached.place() != null) {
                    rows.places.put(lane, reached.place());
                }
                rows.lastRows.merge(lane, newestRow(lane, rows), Math::max);
                notePending(rows);
            }
        });
    }

    /** The lane's last row that is kept; 0 if there is none. When a store opens, what is published is not looked at. */
    private long newestRow(Lane lane, Rows rows) {
        try {
            return newestStoredRow(lane, rows);
        } catch (DamagedValueException damagedKey) {
            return last;
        }
    }

    private long newestStoredRow(Lane lane, Rows rows) {
        return store.readRaw((txn, databases) -> {
            long newest = 0;
            for (int number : rows.numbers) {
                Map<Lane, Long> last = new EnumMap<>(Lane.class);
                forEachPackBackwards(txn, databases, number, rows.partition.partition(), (unused, stored) -> {
                    ByteBuffer pack = stored.bodyIfIntact();
                    if (pack != null) {
                        noteLast(pack, last);
                    }
                    return !last.containsKey(lane);
                });
                newest = Math.max(newest, last.getOrDefault(lane, 0L));
            }
            return newest;
        });
    }

    /** What the pack's last row of each lane is, unless a later one is known. */
    private static void noteLast(ByteBuffer pack, Map<Lane, Long> last) {
        Map<Lane, Long> lastOfPack = new EnumMap<>(Lane.class);
        RowPack.forEach(pack, 0, row -> {
            Change change = ChangeCodec.decode(row);
            change.lanes()
                    .forEach(lane -> lastOfPack.put(lane, change.sequence().value()));
            return true;
        });
        lastOfPack.forEach(last::putIfAbsent);
    }

    /** From the last one on. */
    private static void forEachPackBackwards(
            Txn<ByteBuffer> txn, Databases databases, int table, int partition, PackVisitor visitor) {
        ByteBuffer prefix = Keys.rowsOf(table, partition);
        try (Cursor<ByteBuffer> cursor = databases.changes.openCursor(txn)) {
            StoredPack pack = new StoredPack(databases, cursor);
            boolean found = databases.seek(txn, Kind.CHANGE_ROW, cursor, Keys.row(table, partition, -1L))
                    ? cursor.seek(SeekOp.MDB_PREV)
                    : cursor.seek(SeekOp.MDB_LAST);
            while (found && databases.isUnder(txn, Kind.CHANGE_ROW, cursor, prefix, SeekOp.MDB_PREV)) {
                if (!visitor.test(Keys.sequenceOfRow(cursor.key()), pack)) {
                    return;
                }
                found = cursor.seek(SeekOp.MDB_PREV);
            }
        }
    }

    @Override
    public @Nullable LogPosition place(Lane lane, ChangePartition partition) {
        Rows rows = rows(partition);
        return rows == null ? null : rows.places.get(lane);
    }

    @Override
    public List<ChangePartition> placed(Lane lane) {
        return all().stream()
                .filter(rows -> rows.places.containsKey(lane) && uses(lane, rows.partition.tableId()))
                .map(rows -> rows.partition)
                .toList();
    }

    @Override
    public boolean hasAll(ChangePartition partition) {
        Rows rows = rows(partition);
        return rows != null
                && store.readRaw((txn, databases) -> rows.numbers.stream()
                        .allMatch(number ->
                                databases.cursors.get(txn, Keys.unswept(number, partition.partition())) != null));
    }

    private boolean uses(Lane lane, TableId id) {
        TableDescriptor table = store.catalog().table(id);
        return table != null
                && switch (lane) {
                    case REPLICATION -> table.replicated();
                    case STREAM -> table.destination().publishes();
                };
    }

    @Override
    public StoreHistory history() {
        return store.history();
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
