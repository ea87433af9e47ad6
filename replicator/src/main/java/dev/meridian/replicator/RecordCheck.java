package dev.meridian.replicator;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeySchema;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Whether what came from elsewhere fits the table that it is to go into; asked before anything is applied. */
public final class RecordCheck {
    private RecordCheck() {}

    /** @throws IllegalArgumentException if the key, or the item, cannot be one of a table with this schema */
    public static void check(KeySchema schema, ItemKey key, @Nullable Bytes image) {
        checkKey(key.partition(), schema.partition(), ItemKey.MAX_PARTITION_BYTES);
        KeyAttribute second = schema.sort();
        Bytes sort = key.sort();
        if ((second == null) != (sort == null)) {
            throw new IllegalArgumentException("a key " + (sort == null ? "without" : "with") + " sort key");
        }
        if (second != null && sort != null) {
            checkKey(sort, second, ItemKey.MAX_SORT_BYTES);
        }
        if (image != null && !ItemKey.of(decode(image), schema).equals(key)) {
            throw new IllegalArgumentException("the item has another key than its record");
        }
    }

    private static void checkKey(Bytes bytes, KeyAttribute attribute, int maxBytes) {
        if (bytes.length() == 0 || bytes.length() > maxBytes) {
            throw new IllegalArgumentException(attribute + " of " + bytes.length() + " bytes");
        }
        AttributeValue value;
        try {
            value = KeyCodec.decode(bytes, attribute.type());
        } catch (RuntimeException unreadable) {
            throw new IllegalArgumentException("the key is no value of " + attribute, unreadable);
        }
        if (!KeyCodec.encode(value).equals(bytes)) {
            throw new IllegalArgumentException("the key is no value of " + attribute);
        }
    }

    private static Item decode(Bytes image) {
        ByteBuffer in = image.asBuffer();
        Item item;
        try {
            item = ItemCodec.decode(in);
        } catch (RuntimeException unreadable) {
            throw new IllegalArgumentException("the item cannot be read: " + unreadable.getMessage(), unreadable);
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes behind the item");
        }
        return item;
    }
}
