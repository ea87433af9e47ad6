package dev.meridian.node.store;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.CompositeKey;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeySchema;
import dev.meridian.node.store.ScanRange.Bound;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one index's entries, as {@link ItemKey}: the partition half holds the index partition values, the sort
 * half the index sort values and then the table's key, both by {@link CompositeKey}. So the entries of one index
 * partition are in the order of their sort values, those of equal values in the order of the table's keys, and no two
 * items share one.
 */
public final class IndexKeys {
    private final KeySchema table;
    private final IndexDescriptor index;

    public IndexKeys(KeySchema table, IndexDescriptor index) {
        this.table = table;
        this.index = index;
    }

    /**
     * The entry of an item; null if it is not in the index: it lacks an attribute of the index key, or has it in another
     * type, empty or too large.
     */
    public @Nullable ItemKey entry(Item item, ItemKey tableKey) {
        ByteSink partition = parts(index.partition(), item, ItemKey.MAX_PARTITION_BYTES);
        ByteSink sort = parts(index.sort(), item, ItemKey.MAX_SORT_BYTES);
        if (partition == null || sort == null) {
            return null;
        }
        CompositeKey.putTerminated(tableKey.partition(), sort);
        Bytes tableSort = tableKey.sort();
        if (tableSort != null) {
            sort.put(tableSort);
        }
        return new ItemKey(partition.toBytes(), sort.toBytes());
    }

    /**
     * @param maxBytes of all values together, before they are escaped
     * @return null if a value is unfit for a key
     */
    private static @Nullable ByteSink parts(List<KeyAttribute> attributes, Item item, int maxBytes) {
        ByteSink out = new ByteSink();
        int bytes = 0;
        for (KeyAttribute attribute : attributes) {
            AttributeValue value = item.get(attribute.name());
            if (value == null || !attribute.type().matches(value)) {
                return null;
            }
            int length = KeyCodec.encode(value).length();
            bytes += length;
            if (length == 0 || bytes > maxBytes) {
                return null;
            }
            CompositeKey.put(value, out);
        }
        return out;
    }

    /**
     * Where a page that ended with this key goes on. The item need not exist.
     *
     * @param key as {@link #lastKey} made it
     * @return null if it lacks an attribute of the index's or the table's key, or has it unfit
     */
    public @Nullable ItemKey position(Item key) {
        KeyAttribute sort = table.sort();
        AttributeValue first = key.get(table.partition().name());
        AttributeValue second = sort == null ? null : key.get(sort.name());
        if (first == null || !table.partition().type().matches(first)) {
            return null;
        }
        if (sort != null && (second == null || !sort.type().matches(second))) {
            return null;
        }
        return entry(key, ItemKey.of(first, second));
    }

    /** The attributes of the index's and the table's key: what a page that ends with {@code item} names. */
    public Item lastKey(Item item) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>(item.attributes());
        attributes
                .keySet()
                .removeIf(name -> !table.contains(name)
                        && index.keyAttributes().stream()
                                .noneMatch(key -> key.name().equals(name)));
        return new Item(attributes);
    }

    /**
     * The entries of one index partition whose sort values fit.
     *
     * @param partition a value for each partition attribute
     * @param equal values that the first sort attributes must have; may be empty
     * @param condition on the sort attribute behind those; null for none
     * @param exclusiveStart by {@link #position}
     */
    public ScanRange range(
            List<AttributeValue> partition,
            List<AttributeValue> equal,
            @Nullable SortCondition condition,
            boolean forward,
            @Nullable ItemKey exclusiveStart) {
        if (partition.size() != index.partition().size()
                || equal.size() + (condition == null ? 0 : 1) > index.sort().size()) {
            throw new IllegalArgumentException("a condition that does not fit the key of index " + index.name());
        }
        Bytes beginning = concatenated(equal);
        Bound lower = from(beginning);
        Bound upper = before(CompositeKey.above(beginning));
        if (condition != null) {
            Bytes with = with(beginning, condition.value());
            switch (condition.operator()) {
                case EQ -> {
                    lower = from(with);
                    upper = before(CompositeKey.above(with));
                }
                case LT -> upper = before(with);
                case LE -> upper = before(CompositeKey.above(with));
                case GT -> lower = from(java.util.Objects.requireNonNull(CompositeKey.above(with)));
                case GE -> lower = from(with);
                case BETWEEN -> {
                    AttributeValue highest = java.util.Objects.requireNonNull(condition.upper());
                    lower = from(with);
                    upper = before(CompositeKey.above(with(beginning, highest)));
                }
                case BEGINS_WITH -> {
                    ByteSink out = new ByteSink().put(beginning);
                    CompositeKey.putBeginning(KeyCodec.encode(condition.value()), out);
                    Bytes shared = out.toBytes();
                    lower = from(shared);
                    upper = before(CompositeKey.above(shared));
                }
            }
        }
        return ScanRange.partition(concatenated(partition), lower, upper, forward, exclusiveStart);
    }

    private static Bytes concatenated(List<AttributeValue> values) {
        ByteSink out = new ByteSink();
        values.forEach(value -> CompositeKey.put(value, out));
        return out.toBytes();
    }

    private static Bytes with(Bytes beginning, AttributeValue value) {
        ByteSink out = new ByteSink().put(beginning);
        CompositeKey.put(value, out);
        return out.toBytes();
    }

    private static Bound from(Bytes lowest) {
        return new Bound(lowest, true);
    }

    private static @Nullable Bound before(@Nullable Bytes end) {
        return end == null ? null : new Bound(end, false);
    }
}
