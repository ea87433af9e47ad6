package dev.meridian.node.store;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A secondary index of a table.
 *
 * @param number the prefix of its entries in the store's keys, from the sequence of the table numbers; never used again
 * @param partition 1 to 4 attributes
 * @param sort 0 to 4 attributes
 * @param backfilling whether the items from before it was made are being added; while CREATING only
 * @param readCapacityUnits 0 when on demand
 * @param writeCapacityUnits 0 when on demand
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html">Global secondary indexes</a>
 */
public record IndexDescriptor(
        int number,
        String name,
        Kind kind,
        List<KeyAttribute> partition,
        List<KeyAttribute> sort,
        IndexProjection projection,
        IndexStatus status,
        boolean backfilling,
        long readCapacityUnits,
        long writeCapacityUnits) {
    /** Most attributes of either half of an index key. */
    public static final int MAX_KEY_PARTS = 4;

    /** Local: the table's partition key with another sort key. */
    public enum Kind {
        LOCAL,
        GLOBAL
    }

    public IndexDescriptor {
        partition = List.copyOf(partition);
        sort = List.copyOf(sort);
        if (partition.isEmpty() || partition.size() > MAX_KEY_PARTS || sort.size() > MAX_KEY_PARTS) {
            throw new IllegalArgumentException("index key of " + partition + " and " + sort);
        }
    }

    public IndexDescriptor withStatus(IndexStatus newStatus) {
        return with(newStatus, backfilling && newStatus == IndexStatus.CREATING);
    }

    public IndexDescriptor withBackfilling(boolean nowBackfilling) {
        return with(status, nowBackfilling);
    }

    private IndexDescriptor with(IndexStatus newStatus, boolean nowBackfilling) {
        return new IndexDescriptor(
                number,
                name,
                kind,
                partition,
                sort,
                projection,
                newStatus,
                nowBackfilling,
                readCapacityUnits,
                writeCapacityUnits);
    }

    public IndexDescriptor withCapacity(long newReadCapacityUnits, long newWriteCapacityUnits) {
        return new IndexDescriptor(
                number,
                name,
                kind,
                partition,
                sort,
                projection,
                status,
                backfilling,
                newReadCapacityUnits,
                newWriteCapacityUnits);
    }

    /** All attributes of the index key, in order. */
    public List<KeyAttribute> keyAttributes() {
        return Stream.concat(partition.stream(), sort.stream()).toList();
    }

    /** Whether the index shows an attribute of its table's items. */
    public boolean projects(KeySchema table, String attribute) {
        return projection.type() == IndexProjection.Type.ALL
                || projection.nonKeyAttributes().contains(attribute)
                || table.contains(attribute)
                || partition.stream().anyMatch(key -> key.name().equals(attribute))
                || sort.stream().anyMatch(key -> key.name().equals(attribute));
    }

    /** What the index shows of an item. */
    public Item project(KeySchema table, Item item) {
        if (projection.type() == IndexProjection.Type.ALL) {
            return item;
        }
        TreeMap<String, AttributeValue> shown = new TreeMap<>(item.attributes());
        shown.keySet().removeIf(attribute -> !projects(table, attribute));
        return new Item(shown);
    }
}
