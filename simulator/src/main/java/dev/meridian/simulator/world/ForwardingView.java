package dev.meridian.simulator.world;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatistics;
import dev.meridian.node.store.PartitionRange;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.SequenceNumber;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hands everything on to another view; who stands in overrides what it is for. */
public class ForwardingView implements WriteView {
    protected final WriteView view;

    public ForwardingView(WriteView view) {
        this.view = view;
    }

    @Override
    public void rejoin(Incarnation next, HybridTimestamp above, SequenceNumber behind) {
        view.rejoin(next, above, behind);
    }

    @Override
    public Catalog catalog() {
        return view.catalog();
    }

    @Override
    public @Nullable StoredItem get(TableDescriptor table, ItemKey key) {
        return view.get(table, key);
    }

    @Override
    public @Nullable Stamp stamp(TableDescriptor table, ItemKey key) {
        return view.stamp(table, key);
    }

    @Override
    public void scan(TableDescriptor table, ScanRange range, Predicate<StoredItem> visitor) {
        view.scan(table, range, visitor);
    }

    @Override
    public void scanIndex(
            TableDescriptor table, IndexDescriptor index, ScanRange range, Predicate<StoredItem> visitor) {
        view.scanIndex(table, index, range, visitor);
    }

    @Override
    public List<Versioned> copy(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes) {
        return view.copy(table, after, maxEntries, maxBytes);
    }

    @Override
    public List<Versioned> copyUndamaged(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes) {
        return view.copyUndamaged(table, after, maxEntries, maxBytes);
    }

    @Override
    public List<Versioned> tombstones(TableDescriptor table, @Nullable ItemKey after, int most) {
        return view.tombstones(table, after, most);
    }

    @Override
    public VersionVector floor(TableDescriptor table) {
        return view.floor(table);
    }

    @Override
    public TableStatistics statistics(TableDescriptor table) {
        return view.statistics(table);
    }

    @Override
    public IndexStatistics statistics(IndexDescriptor index) {
        return view.statistics(index);
    }

    @Override
    public Optional<Bytes> document(String space, String key) {
        return view.document(space, key);
    }

    @Override
    public List<String> documentKeys(String space) {
        return view.documentKeys(space);
    }

    @Override
    public List<Position> positions() {
        return view.positions();
    }

    @Override
    public Version put(TableDescriptor table, ItemKey key, Bytes image, Cause cause) {
        return view.put(table, key, image, cause);
    }

    @Override
    public @Nullable Version delete(TableDescriptor table, ItemKey key, Cause cause) {
        return view.delete(table, key, cause);
    }

    @Override
    public void apply(TableDescriptor table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
        view.apply(table, key, image, stamp);
    }

    @Override
    public void restamp(TableDescriptor table, ItemKey key, Stamp stamp) {
        view.restamp(table, key, stamp);
    }

    @Override
    public void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {
        view.conflict(table, key, winner, loser);
    }

    @Override
    public void collect(TableDescriptor table, ItemKey key) {
        view.collect(table, key);
    }

    @Override
    public void raiseFloor(TableDescriptor table, VersionVector applied) {
        view.raiseFloor(table, applied);
    }

    @Override
    public void forgetFloor(TableDescriptor table) {
        view.forgetFloor(table);
    }

    @Override
    public void lowerClock(HybridTimestamp to) {
        view.lowerClock(to);
    }

    @Override
    public @Nullable Version reissueLower(TableDescriptor table, ItemKey key) {
        return view.reissueLower(table, key);
    }

    @Override
    public @Nullable Version reissue(TableDescriptor table, ItemKey key) {
        return view.reissue(table, key);
    }

    @Override
    public List<Versioned> purge(
            TableDescriptor table,
            @Nullable ItemKey after,
            @Nullable ItemKey through,
            Set<ItemKey> kept,
            VersionVector seen) {
        return view.purge(table, after, through, kept, seen);
    }

    @Override
    public void purge(TableDescriptor table, ItemKey key) {
        view.purge(table, key);
    }

    @Override
    public void witness(HybridTimestamp seen) {
        view.witness(seen);
    }

    @Override
    public void putTable(TableDescriptor table) {
        view.putTable(table);
    }

    @Override
    public int nextTableNumber() {
        return view.nextTableNumber();
    }

    @Override
    public void dropTable(TableDescriptor table) {
        view.dropTable(table);
    }

    @Override
    public void position(Position position) {
        view.position(position);
    }

    @Override
    public void forgetPosition(Position position) {
        view.forgetPosition(position);
    }

    @Override
    public void document(String space, String key, @Nullable Bytes value) {
        view.document(space, key, value);
    }

    @Override
    public HybridTimestamp mark() {
        return view.mark();
    }

    @Override
    public List<StreamDescriptor> streams() {
        return view.streams();
    }

    @Override
    public List<StreamDescriptor> streams(String tableName) {
        return view.streams(tableName);
    }

    @Override
    public @Nullable StreamDescriptor stream(String tableName, String label) {
        return view.stream(tableName, label);
    }

    @Override
    public void changes(
            StreamDescriptor stream, PartitionRange partitions, SequenceNumber after, Predicate<Change> visitor) {
        view.changes(stream, partitions, after, visitor);
    }

    @Override
    public SequenceNumber trimmed(StreamDescriptor stream, PartitionRange partitions) {
        return view.trimmed(stream, partitions);
    }

    @Override
    public void beginTransaction() {
        view.beginTransaction();
    }

    @Override
    public void transaction(@Nullable UUID id) {
        view.transaction(id);
    }

    @Override
    public void putStream(StreamDescriptor stream) {
        view.putStream(stream);
    }

    @Override
    public SequenceNumber last() {
        return view.last();
    }

    @Override
    public SequenceNumber skipNumber() {
        return view.skipNumber();
    }
}
