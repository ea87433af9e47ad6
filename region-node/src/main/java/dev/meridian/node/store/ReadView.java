package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.Change;
import dev.meridian.streams.SequenceNumber;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One consistent snapshot of a store, for as long as the call that got it.
 *
 * <p>A value whose checksum does not match is not answered: whoever meets one gets a {@link DamagedValueException}, unless
 * a method says that it passes over it. {@link Store#damaged} knows of it then.
 */
public interface ReadView {
    Catalog catalog();

    @Nullable
    StoredItem get(TableDescriptor table, ItemKey key);

    /** The stamp of the item, or of the tombstone, under a key; null if there is neither. */
    @Nullable
    Stamp stamp(TableDescriptor table, ItemKey key);

    /** Visits the items of a range in its order until {@code visitor} answers false. */
    void scan(TableDescriptor table, ScanRange range, Predicate<StoredItem> visitor);

    /**
     * As {@link #scan}, in the order of an index: the keys in {@code range} are those of {@link IndexKeys}, the items
     * visited are the table's. An item that the index does not hold is not visited.
     */
    void scanIndex(TableDescriptor table, IndexDescriptor index, ScanRange range, Predicate<StoredItem> visitor);

    /**
     * Items and tombstones together, in the order of {@link #scan}, for a copy to a new replica.
     *
     * @param after go on behind this key; null at first
     */
    List<Versioned> copy(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes);

    /** As {@link #copy}, but what is damaged is passed over: not for what is handed to others. */
    List<Versioned> copyUndamaged(TableDescriptor table, @Nullable ItemKey after, int maxEntries, int maxBytes);

    /** Tombstones alone, in the order of {@link #scan}; damaged ones are passed over. */
    List<Versioned> tombstones(TableDescriptor table, @Nullable ItemKey after, int most);

    /**
     * Up to where every write to the table had been applied here when tombstones were last collected: empty if none ever
     * were; of the region itself, its newest delete that was collected. A key that is not here had, of all writes up to the
     * floor, a delete as its last.
     */
    VersionVector floor(TableDescriptor table);

    TableStatistics statistics(TableDescriptor table);

    IndexStatistics statistics(IndexDescriptor index);

    /** A small document that another part of the node keeps: control plane, positions of a load. */
    Optional<Bytes> document(String space, String key);

    /** The keys of a space, in order. */
    List<String> documentKeys(String space);

    /** Where the replicator goes on reading, as last committed with the items: the next offset. */
    List<Position> positions();

    /**
     * The streams of the DynamoDB Streams API, those of tables that are gone too, by table's name and label. What is
     * damaged is not among them.
     */
    List<StreamDescriptor> streams();

    /** Those of the tables that have, or had, a name, by label. */
    List<StreamDescriptor> streams(String tableName);

    @Nullable
    StreamDescriptor stream(String tableName, String label);

    /**
     * Visits the change rows of some partitions of a stream's table behind {@code after}, in the order of their commits,
     * until {@code visitor} answers false; rows too that are no events of a stream, or of another stream of the table.
     */
    void changes(StreamDescriptor stream, PartitionRange partitions, SequenceNumber after, Predicate<Change> visitor);

    /** The last change row of some partitions that became too old for a stream; {@link SequenceNumber#NONE} at first. */
    SequenceNumber trimmed(StreamDescriptor stream, PartitionRange partitions);

    /**
     * One entry of a copy.
     *
     * @param image null for a tombstone
     */
    record Versioned(ItemKey key, Stamp stamp, @Nullable Bytes image) {}
}
