package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One consistent snapshot of a store, for as long as the call that got it. */
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

    TableStatistics statistics(TableDescriptor table);

    IndexStatistics statistics(IndexDescriptor index);

    /** A small document that another part of the node keeps: control plane, positions of a load. */
    Optional<Bytes> document(String space, String key);

    /** The keys of a space, in order. */
    List<String> documentKeys(String space);

    /** Where the replicator goes on reading, as last committed with the items: the next offset. */
    List<Position> positions();

    /**
     * One entry of a copy.
     *
     * @param image null for a tombstone
     */
    record Versioned(ItemKey key, Stamp stamp, @Nullable Bytes image) {}
}
