package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeySchema;
import org.jspecify.annotations.Nullable;

/** Keys of requests, checked against a table's schema. */
final class Keys {
    private Keys() {}

    /** The key of an item to be put. */
    static ItemKey ofItem(Item item, KeySchema schema) {
        checkInItem(item, schema.partition());
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            checkInItem(item, sort);
        }
        return checkedSizes(item, schema);
    }

    private static void checkInItem(Item item, KeyAttribute attribute) {
        AttributeValue value = item.get(attribute.name());
        if (value == null) {
            throw invalid("Missing the key " + attribute.name() + " in the item");
        }
        if (!attribute.type().matches(value)) {
            throw invalid("Type mismatch for key " + attribute.name() + " expected: " + attribute.type() + " actual: "
                    + value.type());
        }
    }

    /** A key given by itself: exactly the key attributes. */
    static ItemKey of(Item key, KeySchema schema) {
        requireMatch(key, schema, "The provided key element does not match the schema");
        return checkedSizes(key, schema);
    }

    /** Where a Query or Scan is to go on. */
    static @Nullable ItemKey exclusiveStart(@Nullable Item key, KeySchema schema) {
        if (key == null) {
            return null;
        }
        requireMatch(
                key,
                schema,
                "The provided starting key is invalid: The provided key element does not match the" + " schema");
        return checkedSizes(key, schema);
    }

    private static void requireMatch(Item key, KeySchema schema, String otherwise) {
        KeyAttribute sort = schema.sort();
        boolean matches = key.attributes().size() == (sort == null ? 1 : 2)
                && has(key, schema.partition())
                && (sort == null || has(key, sort));
        if (!matches) {
            throw ApiException.validation(otherwise);
        }
    }

    private static boolean has(Item key, KeyAttribute attribute) {
        AttributeValue value = key.get(attribute.name());
        return value != null && attribute.type().matches(value);
    }

    private static ItemKey checkedSizes(Item item, KeySchema schema) {
        checkSize(item, schema.partition(), ItemKey.MAX_PARTITION_BYTES, "hashkey");
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            checkSize(item, sort, ItemKey.MAX_SORT_BYTES, "rangekey");
        }
        return ItemKey.of(item, schema);
    }

    private static void checkSize(Item item, KeyAttribute attribute, int most, String role) {
        AttributeValue value = item.get(attribute.name());
        int length = value == null ? 0 : KeyCodec.encode(value).length();
        if (length == 0) {
            throw ApiException.validation("One or more parameter values are not valid. The AttributeValue for a key"
                    + " attribute cannot contain an empty " + (value instanceof AttributeValue.B ? "binary" : "string")
                    + " value. Key: " + attribute.name());
        }
        if (length > most) {
            throw invalid("Size of " + role + " has exceeded the maximum size limit of" + most + " bytes");
        }
    }

    static ApiException invalid(String why) {
        return ApiException.validation("One or more parameter values were invalid: " + why);
    }
}
