package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatistics;
import dev.meridian.node.store.PartitionRange;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.streams.Change;
import dev.meridian.streams.SequenceNumber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** Reads within one LMDB transaction, whose owner opens and closes it. */
class LmdbReadView implements ReadView {
    /** Documents by table number: {@link #floor}. */
    private static final String FLOOR = "tombstone-floor";

    final Databases databases;
    final ItemLayout layout;

    /** LMDB keys are made here, one at a time. */
    final ByteBuffer key = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);

    private final Txn<ByteBuffer> txn;
    private Catalog catalog;

    /** @param catalog of not after the transaction began */
    LmdbReadView(Databases databases, ItemLayout layout, Txn<ByteBuffer> txn, Catalog catalog) {
        this.databases = databases;
        this.layout = layout;
        this.txn = txn;
        this.catalog = catalog;
    }

    void renew(Catalog nowCommitted) {
        catalog = nowCommitted;
        txn.renew();
    }

    final Txn<ByteBuffer> txn() {
        return txn;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public @Nullable StoredItem get(TableDescriptor table, ItemKey itemKey) {
        ByteBuffer bucket = bucket(Kind.ITEM, table.number(), itemKey);
        if (bucket == null) {
            requireNotThere(table.number());
            return null;
        }
        ByteBuffer payload = Bucket.find(bucket, itemKey);
        return payload == null ? null : item(itemKey, payload);
    }

    /**
     * That nothing was found at {@link #key} counts only if the keys before and behind it are right: a damaged one misleads
     * the search.
     *
     * @throws dev.meridian.node.store.DamagedValueException if one of them is not
     */
    private void requireNotThere(int number) {
        try (Cursor<ByteBuffer> cursor = databases.items.openCursor(txn)) {
            RangeEdge edge = new RangeEdge(txn, databases, Kind.ITEM, layout, number, cursor);
            boolean behind = cursor.get(key, GetOp.MDB_SET_RANGE);
            if (behind && !(Keys.compare(cursor.key(), key) > 0 && edge.isInPlace())) {
                edge.damaged(false);
            }
            boolean before = cursor.seek(behind ? SeekOp.MDB_PREV : SeekOp.MDB_LAST);
            if (before && !(Keys.compare(cursor.key(), key) < 0 && edge.isInPlace())) {
                edge.damaged(false);
            }
        }
    }

    private static StoredItem item(ItemKey itemKey, ByteBuffer payload) {
        ItemPayload item = ItemPayload.decode(payload);
        return new StoredItem(itemKey, item.encodedStamp(), item.image());
    }

    @Override
    public @Nullable Stamp stamp(TableDescriptor table, ItemKey itemKey) {
        ByteBuffer payload = find(Kind.ITEM, table.number(), itemKey);
        if (payload == null) {
            payload = find(Kind.TOMBSTONE, table.number(), itemKey);
        }
        return payload == null ? null : ItemPayload.decode(payload).stamp();
    }

    /** @param number of a table or an index */
    final @Nullable ByteBuffer find(Kind kind, int number, ItemKey itemKey) {
        ByteBuffer bucket = bucket(kind, number, itemKey);
        return bucket == null ? null : Bucket.find(bucket, itemKey);
    }

    /** Leaves the LMDB key of the item in {@link #key}. */
    final @Nullable ByteBuffer bucket(Kind kind, int number, ItemKey itemKey) {
        layout.key(key, number, itemKey);
        return databases.get(txn, kind, key);
    }

    @Override
    public void scan(TableDescriptor table, ScanRange range, Predicate<StoredItem> visitor) {
        new Scan(layout, table.number(), range, entry -> visitor.test(item(entry.key(), entry.payload())))
                .run(txn, databases, Kind.ITEM);
    }

    @Override
    public void scanIndex(
            TableDescriptor table, IndexDescriptor index, ScanRange range, Predicate<StoredItem> visitor) {
        new Scan(layout, index.number(), range, entry -> {
                    // An index that is being deleted no longer follows the items.
                    StoredItem item = get(table, IndexEdits.tableKey(entry.payload()));
                    return item == null || visitor.test(item);
                })
                .run(txn, databases, Kind.INDEX_ENTRY);
    }

    @Override
    public List<Versioned> copy(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes) {
        return copy(table, ScanRange.table(after), maxEntries, maxBytes);
    }

    @Override
    public List<Versioned> copyUndamaged(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes) {
        return copy(table, ScanRange.table(after).passingDamaged(), maxEntries, maxBytes);
    }

    private List<Versioned> copy(TableDescriptor table, ScanRange range, int maxEntries, int maxBytes) {
        Portion items = portion(Kind.ITEM, table, range, maxEntries, maxBytes);
        Portion tombstones = portion(Kind.TOMBSTONE, table, range, maxEntries, maxBytes);
        Comparator<Versioned> order = Comparator.comparing(Versioned::key, layout.scanOrder());
        List<Versioned> merged = new ArrayList<>(items.entries);
        merged.addAll(tombstones.entries);
        merged.sort(order);
        // Behind the end of a portion that was cut there may be more: what comes later waits for the next call.
        Versioned end = null;
        for (Portion portion : List.of(items, tombstones)) {
            if (portion.cut) {
                Versioned last = portion.entries.get(portion.entries.size() - 1);
                end = end == null || order.compare(last, end) < 0 ? last : end;
            }
        }
        if (end != null) {
            Versioned limit = end;
            merged.removeIf(entry -> order.compare(entry, limit) > 0);
        }
        return merged;
    }

    @Override
    public List<Versioned> tombstones(TableDescriptor table, @Nullable ItemKey after, int most) {
        ScanRange range = ScanRange.table(after).passingDamaged();
        return portion(Kind.TOMBSTONE, table, range, most, Integer.MAX_VALUE).entries;
    }

    @Override
    public VersionVector floor(TableDescriptor table) {
        return vector(floorKey(table));
    }

    VersionVector vector(ByteBuffer key) {
        ByteBuffer vector = databases.get(txn, Kind.DOCUMENT, key);
        return vector == null ? VersionVector.EMPTY : VersionVector.decode(vector);
    }

    static ByteBuffer floorKey(TableDescriptor table) {
        return Keys.document(FLOOR, String.valueOf(table.number()));
    }

    private Portion portion(Kind kind, TableDescriptor table, ScanRange range, int maxEntries, int maxBytes) {
        Portion portion = new Portion();
        boolean tombstones = kind == Kind.TOMBSTONE;
        new Scan(layout, table.number(), range, entry -> {
                    ItemPayload held = ItemPayload.decode(entry.payload());
                    Bytes image = tombstones ? null : Bytes.copyOf(held.image());
                    portion.entries.add(new Versioned(entry.key(), held.stamp(), image));
                    portion.bytes += entry.key().partition().length() + (image == null ? 0 : image.length());
                    portion.cut = portion.entries.size() >= maxEntries || portion.bytes >= maxBytes;
                    return !portion.cut;
                })
                .run(txn, databases, kind);
        return portion;
    }

    /** Some entries of one database, and whether they stopped at a limit. */
    private static final class Portion {
        final List<Versioned> entries = new ArrayList<>();
        long bytes;
        boolean cut;
    }

    @Override
    public TableStatistics statistics(TableDescriptor table) {
        ByteBuffer counts = databases.statistics.get(txn, Keys.table(key, table.number()));
        return counts == null
                ? TableStatistics.NONE
                : new TableStatistics(
                        counts.getLong(0),
                        counts.getLong(Long.BYTES),
                        counts.getLong(2 * Long.BYTES),
                        // A store of before this was counted has three numbers.
                        counts.remaining() < 4 * Long.BYTES ? 0 : counts.getLong(3 * Long.BYTES));
    }

    @Override
    public IndexStatistics statistics(IndexDescriptor index) {
        ByteBuffer counts = databases.statistics.get(txn, Keys.table(index.number()));
        return counts == null
                ? IndexStatistics.NONE
                : new IndexStatistics(counts.getLong(0), counts.getLong(Long.BYTES));
    }

    @Override
    public Optional<Bytes> document(String space, String documentKey) {
        ByteBuffer value = databases.get(txn, Kind.DOCUMENT, Keys.document(space, documentKey));
        return value == null ? Optional.empty() : Optional.of(Bytes.copyOf(value));
    }

    @Override
    public List<String> documentKeys(String space) {
        List<String> keys = new ArrayList<>();
        ByteBuffer prefix = Keys.documentsOf(space);
        try (Cursor<ByteBuffer> cursor = databases.documents.openCursor(txn)) {
            boolean found = databases.seek(txn, Kind.DOCUMENT, cursor, prefix);
            while (found && databases.isUnder(txn, Kind.DOCUMENT, cursor, prefix, SeekOp.MDB_NEXT)) {
                keys.add(Keys.documentKey(cursor.key()));
                found = cursor.seek(SeekOp.MDB_NEXT);
            }
        }
        return keys;
    }

    @Override
    public List<Position> positions() {
        List<Position> positions = new ArrayList<>();
        try (CursorIterable<ByteBuffer> entries = databases.positions.iterate(txn)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                positions.add(Keys.position(entry.key(), entry.val()));
            }
        }
        return positions;
    }

    @Override
    public List<StreamDescriptor> streams() {
        List<StreamDescriptor> streams = new ArrayList<>();
        try (CursorIterable<ByteBuffer> entries = databases.streams.iterate(txn)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                addIfIntact(entry.key(), entry.val(), streams);
            }
        }
        return streams;
    }

    @Override
    public List<StreamDescriptor> streams(String tableName) {
        List<StreamDescriptor> streams = new ArrayList<>();
        ByteBuffer prefix = Keys.streamsOf(tableName);
        try (Cursor<ByteBuffer> cursor = databases.streams.openCursor(txn)) {
            boolean found = cursor.get(prefix, GetOp.MDB_SET_RANGE);
            while (found && Keys.goesOn(cursor, prefix)) {
                addIfIntact(cursor.key(), cursor.val(), streams);
                found = cursor.seek(SeekOp.MDB_NEXT);
            }
        }
        return streams;
    }

    private void addIfIntact(ByteBuffer lmdbKey, ByteBuffer value, List<StreamDescriptor> streams) {
        ByteBuffer body = databases.values().bodyIfIntact(Kind.STREAM, lmdbKey, value);
        if (body != null) {
            streams.add(StreamRecords.decode(body));
        }
    }

    /** Whether rows of the table belong to a stream that may be read. */
    final boolean isStreamed(String tableName, int tableNumber, long nowMillis) {
        return streams(tableName).stream()
                .anyMatch(stream -> stream.tableNumber() == tableNumber && !stream.expired(nowMillis));
    }

    @Override
    public @Nullable StreamDescriptor stream(String tableName, String label) {
        ByteBuffer stored = databases.get(txn, Kind.STREAM, Keys.stream(tableName, label));
        return stored == null ? null : StreamRecords.decode(stored);
    }

    @Override
    public void changes(
            StreamDescriptor stream, PartitionRange partitions, SequenceNumber after, Predicate<Change> visitor) {
        MergedRows.forEach(txn, databases, stream.tableNumber(), partitions, after.value() + 1, visitor);
    }

    @Override
    public SequenceNumber trimmed(StreamDescriptor stream, PartitionRange partitions) {
        SequenceNumber last = SequenceNumber.NONE;
        for (int partition = partitions.first(); partition < partitions.end(); partition++) {
            SequenceNumber trimmed = trimmed(stream.tableNumber(), partition);
            last = trimmed.compareTo(last) > 0 ? trimmed : last;
        }
        return last;
    }

    final SequenceNumber trimmed(int tableNumber, int partition) {
        ByteBuffer stored = databases.cursors.get(txn, Keys.trimmed(tableNumber, partition));
        return stored == null ? SequenceNumber.NONE : new SequenceNumber(stored.getLong(0));
    }
}
