package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridClock;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.model.Stamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.DroppedTable;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.node.store.TableStreams;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.ConflictCodec;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** The edits of one LMDB write transaction, of one or many operations. */
final class LmdbWriteView extends LmdbReadView implements WriteView {
    private static final int MICROS_PER_MILLI = 1_000;
    private static final int WRITE_UNIT_BYTES = 1024;

    /** A version that was applied here was at most so far ahead of the wall clock: {@code Replicator}. */
    private static final long SKEW_MILLIS_MAX = 1_000;

    /** Documents by table number: what a floor was before it was forgotten. */
    private static final String FORGOTTEN_FLOOR = "forgotten-floor";

    private final HybridClock clock;
    private final InstantSource wall;
    private final WriteBuffers buffers;
    private final List<RowAdded> rowsAdded = new ArrayList<>();
    private final List<TableMade> tablesMade = new ArrayList<>();
    private final IndexEdits indexes = new IndexEdits(this);
    private Catalog edited;
    private long sequence;
    private int nextTable;
    private long lastConflict;
    private long edits;
    private long editedBytes;
    private @Nullable UUID transaction;
    private final StoreHistory history;
    private @Nullable StoreHistory renewedHistory;

    /** By table number, as far as it was asked for: {@link #known}. */
    private final Map<Integer, VersionVector> known = new HashMap<>();

    /** A change row of this transaction. @param writeUnits as DynamoDB counts them, about */
    record RowAdded(TableDescriptor table, int partition, long sequence, Set<Lane> lanes, long writeUnits) {}

    /** A table that this transaction made. @param before the last change row of the store then, swept or not */
    record TableMade(TableDescriptor table, Set<Lane> lanes, long before) {}

    LmdbWriteView(
            Databases databases,
            ItemLayout layout,
            Txn<ByteBuffer> txn,
            Catalog committed,
            HybridClock clock,
            InstantSource wall,
            long sequence,
            int nextTable,
            StoreHistory history,
            WriteBuffers buffers) {
        super(databases, layout, txn, committed);
        this.edited = committed;
        this.clock = clock;
        this.wall = wall;
        this.sequence = sequence;
        this.nextTable = nextTable;
        this.history = history;
        this.buffers = buffers;
        buffers.begin();
    }

    /** Grows with every edit: tells whether an operation that failed had begun to edit. */
    long edits() {
        return edits;
    }

    long editedBytes() {
        return editedBytes;
    }

    long sequence() {
        return sequence;
    }

    int nextTable() {
        return nextTable;
    }

    List<RowAdded> rowsAdded() {
        return rowsAdded;
    }

    /** Those whose rows continue those of a dropped table that is not swept yet are not among them. */
    List<TableMade> tablesMade() {
        return tablesMade;
    }

    @Override
    public Catalog catalog() {
        return edited;
    }

    @Override
    public Version put(TableDescriptor table, ItemKey itemKey, Bytes image, Cause cause) {
        Held held = held(table, itemKey);
        Version version = clock.next(above(held));
        Stamp stamp = overwrite(table, held, version);
        Bytes old = held.image;
        putItem(table, itemKey, stamp, image, held);
        addRow(table, itemKey, stamp, image, old, cause, table.replicated());
        return version;
    }

    @Override
    public @Nullable Version delete(TableDescriptor table, ItemKey itemKey, Cause cause) {
        Held held = held(table, itemKey);
        Bytes old = held.image;
        if (old == null && !held.wasDamaged) {
            return null;
        }
        Version version = clock.next(above(held));
        Stamp stamp = overwrite(table, held, version);
        if (old != null) {
            removeItem(table, itemKey, old);
        }
        if (table.replicated()) {
            putTombstone(table, itemKey, stamp, held);
        }
        addRow(table, itemKey, stamp, null, old, cause, table.replicated());
        return version;
    }

    @Override
    public void beginTransaction() {
        // No two versions anywhere are the same.
        String unique = clock.next(HybridTimestamp.ZERO).toString();
        transaction = UUID.nameUUIDFromBytes(unique.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void transaction(@Nullable UUID id) {
        transaction = id;
    }

    @Override
    public void apply(TableDescriptor table, ItemKey itemKey, @Nullable Bytes image, Stamp stamp) {
        Held held = held(table, itemKey);
        Bytes old = held.image;
        if (image != null) {
            putItem(table, itemKey, stamp, image, held);
        } else {
            if (old != null) {
                removeItem(table, itemKey, old);
            }
            putTombstone(table, itemKey, stamp, held);
        }
        addRow(table, itemKey, stamp, image, old, Cause.REPLICATION, false);
    }

    @Override
    public void restamp(TableDescriptor table, ItemKey itemKey, Stamp stamp) {
        Held held = held(table, itemKey);
        if (held.stamp == null) {
            throw new IllegalArgumentException("nothing to restamp under " + itemKey);
        }
        restamp(table, itemKey, stamp, held);
    }

    private void restamp(TableDescriptor table, ItemKey itemKey, Stamp stamp, Held held) {
        if (held.image == null) {
            putTombstone(table, itemKey, stamp, held);
            return;
        }
        putEntry(Kind.ITEM, table.number(), itemKey, ItemPayload.head(stamp), held.image);
    }

    @Override
    public void conflict(TableDescriptor table, ItemKey itemKey, Conflict.Write winner, Conflict.Write loser) {
        long id = databases.number(txn(), Meta.CONFLICT, 0) + 1;
        Conflict conflict = new Conflict(
                id, clock.region(), wall.millis(), table.id(), table.name(), table.schema(), itemKey, winner, loser);
        ByteBuffer value = Keys.direct(ConflictCodec.encode(conflict));
        ConflictRows.count(this, 1, value.remaining());
        put(databases.conflicts, Keys.number(id), value);
        putMeta(Meta.CONFLICT, Keys.number(id));
        lastConflict = id;
    }

    /** Of this transaction; 0 if there is none. */
    long lastConflict() {
        return lastConflict;
    }

    @Override
    public void collect(TableDescriptor table, ItemKey itemKey) {
        Held held = held(table, itemKey);
        if (held.isTombstone()) {
            witness(held.clock());
            removeTombstone(table, itemKey, held);
        }
    }

    @Override
    public void raiseFloor(TableDescriptor table, VersionVector applied) {
        VersionVector before = floor(table);
        VersionVector raised = before.join(applied);
        if (!raised.equals(before)) {
            putVector(floorKey(table), raised);
            known.remove(table.number());
        }
    }

    private void putVector(ByteBuffer key, VersionVector vector) {
        ByteSink out = new ByteSink(64);
        vector.encode(out);
        put(databases.documents, key, Keys.direct(out.toArray()));
    }

    /**
     * What was known here of a key that is not here: the floor, and what it was before it was forgotten. That this region
     * knows its own writes goes without saying.
     */
    private VersionVector known(TableDescriptor table) {
        return known.computeIfAbsent(
                table.number(),
                unused -> floor(table).join(vector(forgottenFloorKey(table))).without(clock.region()));
    }

    private static ByteBuffer forgottenFloorKey(TableDescriptor table) {
        return Keys.document(FORGOTTEN_FLOOR, String.valueOf(table.number()));
    }

    @Override
    public void forgetFloor(TableDescriptor table) {
        putVector(forgottenFloorKey(table), known(table));
        delete(databases.documents, floorKey(table));
    }

    @Override
    public @Nullable Version reissue(TableDescriptor table, ItemKey itemKey) {
        Held held = held(table, itemKey);
        return reissue(table, itemKey, held, clock.next(above(held)));
    }

    @Override
    public @Nullable Version reissueLower(TableDescriptor table, ItemKey itemKey) {
        return reissue(table, itemKey, held(table, itemKey), clock.next());
    }

    private @Nullable Version reissue(TableDescriptor table, ItemKey itemKey, Held held, Version version) {
        Stamp old = held.stamp;
        if (old == null) {
            return null;
        }
        Stamp stamp = old.overwrittenBy(version);
        restamp(table, itemKey, stamp, held);
        addRow(table, itemKey, stamp, held.image, held.image, Cause.USER, true);
        return version;
    }

    @Override
    public void lowerClock(HybridTimestamp to) {
        edits++;
        clock.lower(to);
    }

    @Override
    public List<Versioned> purge(
            TableDescriptor table,
            @Nullable ItemKey after,
            @Nullable ItemKey through,
            Set<ItemKey> kept,
            VersionVector seen) {
        List<Versioned> purged = new ArrayList<>();
        new Scan(layout, table.number(), ScanRange.table(after).passingDamaged(), entry -> {
                    if (through != null && layout.scanOrder().compare(entry.key(), through) > 0) {
                        return false;
                    }
                    ItemPayload held = ItemPayload.decode(entry.payload());
                    if (!kept.contains(entry.key())
                            && seen.includes(held.stamp().version())) {
                        purged.add(new Versioned(entry.key(), held.stamp(), null));
                    }
                    return true;
                })
                .run(txn(), databases, Kind.ITEM);
        purged.forEach(entry -> purge(table, entry.key()));
        new DamagedItems(this).purge(table, after, through, seen);
        return purged;
    }

    @Override
    public void purge(TableDescriptor table, ItemKey itemKey) {
        Held held = held(table, itemKey);
        Bytes image = held.image;
        if (held.stamp != null && image != null) {
            removeItem(table, itemKey, image);
            addRow(table, itemKey, held.stamp, null, image, Cause.REPLICATION, false);
        }
    }

    @Override
    public void witness(HybridTimestamp seen) {
        edits++;
        clock.witness(seen);
    }

    @Override
    public void rejoin(Incarnation next, HybridTimestamp above, SequenceNumber behind) {
        witness(above);
        sequence = Math.max(sequence, behind.value());
        renewedHistory = history.rejoined(next, above);
    }

    /** What the store's history is from this transaction on; null if it stays. */
    @Nullable
    StoreHistory renewedHistory() {
        return renewedHistory;
    }

    /**
     * What is under a key before a write: an item, a tombstone or nothing.
     *
     * @param wasDamaged something was, and is gone
     */
    private record Held(@Nullable Stamp stamp, @Nullable Bytes image, boolean wasDamaged) {
        HybridTimestamp clock() {
            return stamp == null ? HybridTimestamp.ZERO : stamp.version().time();
        }

        boolean isTombstone() {
            return stamp != null && image == null;
        }
    }

    /** Where there is no item, the history includes what was known: a later delete may have left nothing. */
    private Stamp overwrite(TableDescriptor table, Held held, Version version) {
        Stamp before = held.stamp;
        if (before != null && held.image != null) {
            return before.overwrittenBy(version);
        }
        VersionVector known = table.replicated() ? known(table) : VersionVector.EMPTY;
        return new Stamp(
                version,
                before == null ? known : before.overwrittenBy(version).context().join(known));
    }

    /** What is damaged goes. @throws DamagedValueException before any edit, if it must not: {@link DamagedItems} */
    private Held held(TableDescriptor table, ItemKey itemKey) {
        boolean wasDamaged = false;
        try {
            ByteBuffer payload = find(Kind.ITEM, table.number(), itemKey);
            if (payload != null) {
                ItemPayload item = ItemPayload.decode(payload);
                return new Held(item.stamp(), Bytes.copyOf(item.image()), false);
            }
        } catch (DamagedValueException damaged) {
            new DamagedItems(this).discard(table, Kind.ITEM, itemKey, damaged);
            wasDamaged = true;
        }
        try {
            ByteBuffer tombstone = find(Kind.TOMBSTONE, table.number(), itemKey);
            return new Held(
                    tombstone == null ? null : ItemPayload.decode(tombstone).stamp(), null, wasDamaged);
        } catch (DamagedValueException damaged) {
            new DamagedItems(this).discard(table, Kind.TOMBSTONE, itemKey, damaged);
            return new Held(null, null, true);
        }
    }

    /** What a new version must be above. */
    private HybridTimestamp above(Held held) {
        if (!held.wasDamaged) {
            return held.clock();
        }
        // What was damaged may have been at most as new: then every region takes the new version.
        HybridTimestamp newest = HybridTimestamp.ofMillis(wall.millis() + SKEW_MILLIS_MAX);
        return newest.isAfter(held.clock()) ? newest : held.clock();
    }

    private void putItem(TableDescriptor table, ItemKey itemKey, Stamp stamp, Bytes image, Held held) {
        Bytes old = held.image;
        // First, for it reads the images, and what cannot be read must fail before the first edit.
        indexes.replaced(table, itemKey, old, image);
        if (held.isTombstone()) {
            removeTombstone(table, itemKey, held);
        }
        putEntry(Kind.ITEM, table.number(), itemKey, ItemPayload.head(stamp), image);
        count(table, old == null ? 1 : 0, image.length() - (long) (old == null ? 0 : old.length()), 0, 0);
    }

    private static long tombstoneBytes(ItemKey itemKey, Stamp stamp) {
        Bytes sort = itemKey.sort();
        return itemKey.partition().length()
                + (sort == null ? 0 : sort.length())
                + (long) ItemPayload.head(stamp).length;
    }

    private void removeTombstone(TableDescriptor table, ItemKey itemKey, Held held) {
        removeEntry(Kind.TOMBSTONE, table.number(), itemKey);
        count(table, 0, 0, -1, -tombstoneBytes(itemKey, Objects.requireNonNull(held.stamp)));
    }

    private void removeItem(TableDescriptor table, ItemKey itemKey, Bytes old) {
        indexes.replaced(table, itemKey, old, null);
        removeEntry(Kind.ITEM, table.number(), itemKey);
        count(table, -1, -old.length(), 0, 0);
    }

    private void putTombstone(TableDescriptor table, ItemKey itemKey, Stamp stamp, Held held) {
        putEntry(Kind.TOMBSTONE, table.number(), itemKey, ItemPayload.head(stamp), null);
        Stamp replaced = held.isTombstone() ? held.stamp : null;
        long before = replaced == null ? 0 : tombstoneBytes(itemKey, replaced);
        count(table, 0, 0, replaced == null ? 1 : 0, tombstoneBytes(itemKey, stamp) - before);
    }

    /** @param number of a table or an index */
    void putEntry(Kind kind, int number, ItemKey itemKey, byte[] head, @Nullable Bytes body) {
        ByteSink entry = buffers.entry();
        Bucket.with(bucket(kind, number, itemKey), itemKey, head, body, entry);
        putChecked(databases.of(kind), key, entry);
    }

    /** @return whether it was there */
    boolean removeEntry(Kind kind, int number, ItemKey itemKey) {
        ByteBuffer bucket = bucket(kind, number, itemKey);
        if (bucket == null || Bucket.find(bucket, itemKey) == null) {
            return false;
        }
        ByteSink rest = new ByteSink();
        Bucket.without(bucket, itemKey, rest);
        if (rest.length() == 0) {
            delete(databases.of(kind), key);
        } else {
            putChecked(databases.of(kind), key, rest);
        }
        return true;
    }

    void count(TableDescriptor table, long items, long bytes, long tombstones, long tombstoneBytes) {
        TableStatistics counts = statistics(table).plus(items, bytes, tombstones, tombstoneBytes);
        ByteBuffer numbers = buffers.value(4 * Long.BYTES)
                .putLong(counts.items())
                .putLong(counts.itemBytes())
                .putLong(counts.tombstones())
                .putLong(counts.tombstoneBytes())
                .flip();
        put(databases.statistics, Keys.table(key, table.number()), numbers);
    }

    private void addRow(
            TableDescriptor table,
            ItemKey itemKey,
            Stamp stamp,
            @Nullable Bytes image,
            @Nullable Bytes old,
            Cause cause,
            boolean replicate) {
        Set<Lane> lanes = EnumSet.noneOf(Lane.class);
        StreamDestination destination = destination(table);
        boolean event = !Objects.equals(image, old);
        if (event && destination.publishes()) {
            lanes.add(Lane.STREAM);
        }
        if (replicate) {
            lanes.add(Lane.REPLICATION);
        }
        if (!event && !replicate) {
            return;
        }
        sequence++;
        int partition = KeyHash.kafkaPartition(itemKey.partition(), table.partitions());
        Instant now = wall.instant();
        boolean inMicros = destination.effectivePrecision() == StreamDestination.Precision.MICROSECOND;
        Change change = new Change(
                table.id(),
                new SequenceNumber(sequence),
                lanes,
                cause,
                stamp,
                itemKey,
                image,
                event ? old : null,
                now.toEpochMilli(),
                inMicros ? now.get(ChronoField.MICRO_OF_SECOND) % MICROS_PER_MILLI : Change.MILLISECOND,
                event,
                transaction);
        pack(table, partition, ChangeCodec.encode(change));
        rowsAdded.add(new RowAdded(table, partition, sequence, change.lanes(), event ? writeUnits(image, old) : 0));
    }

    private static long writeUnits(@Nullable Bytes image, @Nullable Bytes old) {
        int bytes = Math.max(image == null ? 0 : image.length(), old == null ? 0 : old.length());
        return Math.max(1, (bytes + WRITE_UNIT_BYTES - 1) / WRITE_UNIT_BYTES);
    }

    private void pack(TableDescriptor table, int partition, byte[] row) {
        RowPack pack = buffers.pack(table.number(), partition);
        if (pack.isFullWith(row)) {
            store(pack);
        }
        pack.add(sequence, row);
        edits++;
        editedBytes += row.length;
    }

    private void store(RowPack pack) {
        putChecked(databases.changes, Keys.row(key, pack.table(), pack.partition(), pack.last()), pack.bytes());
        pack.clear();
    }

    /** The last edits before the commit. */
    void storeRows() {
        for (RowPack pack : buffers.packs()) {
            if (!pack.isEmpty()) {
                store(pack);
            }
        }
    }

    /** As it is now: whoever writes may have looked the table up before it was changed. */
    private StreamDestination destination(TableDescriptor table) {
        TableDescriptor now = edited.table(table.id());
        return (now == null ? table : now).destination();
    }

    @Override
    public void putTable(TableDescriptor table) {
        checkIndexes(table);
        TableDescriptor replaced = edited.table(table.name());
        boolean isNew = replaced == null || replaced.number() != table.number();
        storeTable(table);
        if (isNew) {
            beginRows(table);
        }
    }

    /**
     * A table of the same id may have been here before, and rows of it may be the last in the topics: the new table's
     * cursors are where those were, or behind everything if nobody knows any more.
     */
    private void beginRows(TableDescriptor table) {
        List<TableDescriptor> before = TableRecords.all(txn(), databases, Kind.DROPPED_TABLE).stream()
                .filter(dropped -> dropped.id().equals(table.id()))
                .toList();
        Set<Lane> lanes = table.replicated() ? EnumSet.allOf(Lane.class) : EnumSet.of(Lane.STREAM);
        boolean areTopicsNew =
                before.isEmpty() && DroppedTable.of(this, table.name()).isEmpty();
        for (int partition = 0; partition < table.partitions(); partition++) {
            if (areTopicsNew) {
                put(databases.cursors, Keys.unswept(table.number(), partition), Keys.number(sequence));
            }
            for (Lane lane : lanes) {
                long cursor = before.isEmpty() ? sequence : cursor(before, partition, lane);
                put(databases.cursors, Keys.cursor(table.number(), partition, lane), Keys.number(cursor));
            }
        }
        if (before.isEmpty()) {
            tablesMade.add(new TableMade(table, lanes, sequence));
        }
    }

    private long cursor(List<TableDescriptor> tables, int partition, Lane lane) {
        long greatest = 0;
        for (TableDescriptor table : tables) {
            ByteBuffer cursor = databases.cursors.get(txn(), Keys.cursor(table.number(), partition, lane));
            greatest = cursor == null ? greatest : Math.max(greatest, cursor.getLong(0));
        }
        return greatest;
    }

    /** What would leave entries that nobody sweeps, or an index that lacks some. */
    private void checkIndexes(TableDescriptor table) {
        TableDescriptor replaced = edited.table(table.name());
        List<IndexDescriptor> known =
                replaced == null || replaced.number() != table.number() ? List.of() : replaced.indexes();
        for (IndexDescriptor index : known) {
            IndexDescriptor still = table.index(index.number());
            if (still == null || !still.keyAttributes().equals(index.keyAttributes())) {
                throw new IllegalArgumentException("index " + index.name() + " leaves its table only by being deleted");
            }
        }
        for (IndexDescriptor index : table.indexes()) {
            boolean isNew = known.stream().noneMatch(old -> old.number() == index.number());
            if (isNew
                    && index.status() != IndexStatus.CREATING
                    && statistics(table).items() > 0) {
                throw new IllegalArgumentException("index " + index.name() + " of a table with items begins CREATING");
            }
        }
    }

    void storeTable(TableDescriptor table) {
        put(databases.tables, Keys.text(table.name()), TableRecords.encode(table));
        edited = edited.with(table);
    }

    @Override
    public int nextTableNumber() {
        return nextTable++;
    }

    @Override
    public void dropTable(TableDescriptor table) {
        delete(databases.tables, Keys.text(table.name()));
        delete(databases.documents, forgottenFloorKey(table));
        delete(databases.documents, floorKey(table));
        forgetDocuments(table);
        put(databases.dropped, Keys.table(table.number()), TableRecords.encode(table));
        edited = edited.without(table.name());
        for (StreamDescriptor stream : streams(table.name())) {
            if (stream.tableNumber() == table.number() && stream.enabled()) {
                TableStreams.end(this, stream, wall.millis());
            }
        }
    }

    private void forgetDocuments(TableDescriptor table) {
        String id = table.id().toString();
        ByteBuffer prefix = Keys.text(OF_TABLES);
        try (Cursor<ByteBuffer> cursor = databases.documents.openCursor(txn())) {
            boolean found = cursor.get(prefix, GetOp.MDB_SET_RANGE);
            while (found && Keys.goesOn(cursor, prefix)) {
                if (Keys.startsWith(cursor.key(), prefix)
                        && Keys.documentKey(cursor.key()).equals(id)) {
                    cursor.delete();
                }
                found = cursor.seek(SeekOp.MDB_NEXT);
            }
        }
    }

    @Override
    public void putStream(StreamDescriptor stream) {
        put(databases.streams, Keys.stream(stream.tableName(), stream.label()), StreamRecords.encode(stream));
    }

    void forgetStream(StreamDescriptor stream) {
        delete(databases.streams, Keys.stream(stream.tableName(), stream.label()));
    }

    @Override
    public SequenceNumber last() {
        return new SequenceNumber(sequence);
    }

    @Override
    public SequenceNumber skipNumber() {
        edits++;
        sequence++;
        return last();
    }

    /** What is kept about an index besides its entries. */
    void forgetIndex(IndexDescriptor index) {
        delete(databases.statistics, Keys.table(index.number()));
        delete(databases.backfills, Keys.table(index.number()));
    }

    @Override
    public void position(Position position) {
        put(databases.positions, Keys.position(position), Keys.place(position.place()));
    }

    @Override
    public void forgetPosition(Position position) {
        delete(databases.positions, Keys.position(position));
    }

    @Override
    public void document(String space, String documentKey, @Nullable Bytes value) {
        ByteBuffer lmdbKey = Keys.document(space, documentKey);
        if (value == null) {
            delete(databases.documents, lmdbKey);
        } else {
            put(databases.documents, lmdbKey, Keys.direct(value.toArray()));
        }
    }

    @Override
    public HybridTimestamp mark() {
        edits++;
        return clock.mark();
    }

    /** Values of databases that have checksums get one. */
    void put(Dbi<ByteBuffer> database, ByteBuffer lmdbKey, ByteBuffer value) {
        if (!databases.hasChecksums(database)) {
            store(database, lmdbKey, value);
            return;
        }
        ByteBuffer checked = buffers.value(CheckedValues.HEAD_BYTES + value.remaining())
                .position(CheckedValues.HEAD_BYTES)
                .put(value.duplicate());
        CheckedValues.seal(lmdbKey, checked);
        store(database, lmdbKey, checked);
    }

    private void putChecked(Dbi<ByteBuffer> database, ByteBuffer lmdbKey, ByteSink body) {
        ByteBuffer checked =
                buffers.value(CheckedValues.HEAD_BYTES + body.length()).position(CheckedValues.HEAD_BYTES);
        body.copyTo(checked);
        CheckedValues.seal(lmdbKey, checked);
        store(database, lmdbKey, checked);
    }

    private void store(Dbi<ByteBuffer> database, ByteBuffer lmdbKey, ByteBuffer value) {
        edits++;
        editedBytes += value.remaining();
        database.put(txn(), lmdbKey, value, new PutFlags[0]);
    }

    void delete(Dbi<ByteBuffer> database, ByteBuffer lmdbKey) {
        edits++;
        database.delete(txn(), lmdbKey);
    }

    void putMeta(Meta meta, ByteBuffer value) {
        put(databases.meta, Keys.text(meta.storedName()), value);
    }
}
