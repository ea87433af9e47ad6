package dev.meridian.model;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The key of an item, as order-preserving bytes: unsigned byte order is DynamoDB's order for the type. */
public record ItemKey(Bytes partition, @Nullable Bytes sort) {
    /** Largest partition key, in bytes of its encoding. */
    public static final int MAX_PARTITION_BYTES = 2048;

    /** Largest sort key, in bytes of its encoding. */
    public static final int MAX_SORT_BYTES = 1024;

    public static ItemKey of(AttributeValue partition, @Nullable AttributeValue sort) {
        return new ItemKey(KeyCodec.encode(partition), sort == null ? null : KeyCodec.encode(sort));
    }

    /** The key of an item that has all key attributes in their right types. */
    public static ItemKey of(Item item, KeySchema schema) {
        KeyAttribute sort = schema.sort();
        return of(require(item, schema.partition()), sort == null ? null : require(item, sort));
    }

    /** The key attributes as an item. */
    public Item toItem(KeySchema schema) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>();
        attributes.put(
                schema.partition().name(),
                KeyCodec.decode(partition, schema.partition().type()));
        KeyAttribute second = schema.sort();
        Bytes secondBytes = sort;
        if (second != null && secondBytes != null) {
            attributes.put(second.name(), KeyCodec.decode(secondBytes, second.type()));
        }
        return new Item(attributes);
    }

    public void encode(ByteSink out) {
        out.putSized(partition);
        Bytes second = sort;
        out.put((byte) (second == null ? 0 : 1));
        if (second != null) {
            out.putSized(second);
        }
    }

    public static ItemKey decode(java.nio.ByteBuffer in) {
        Bytes partition = Bytes.wrap(ByteSink.getSizedArray(in));
        return new ItemKey(partition, in.get() == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in)));
    }

    private static AttributeValue require(Item item, KeyAttribute attribute) {
        AttributeValue value = item.get(attribute.name());
        if (value == null || !attribute.type().matches(value)) {
            throw new IllegalArgumentException("item without key attribute " + attribute);
        }
        return value;
    }
}
