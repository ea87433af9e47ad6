package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.expression.Update;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keys of requests, checked against a table's schema and its indexes. */
final class Keys {
    static final String NO_MATCH = "The provided key element does not match the schema";
    static final String INVALID_START = "The provided starting key is invalid";

    private Keys() {}

    /**
     * A key has no parts: neither that of the table nor that of an index.
     *
     * @param documents the attributes that paths go into
     */
    static void requireScalars(Set<String> documents, TableDescriptor table) {
        if (documents.isEmpty()) {
            return;
        }
        for (KeyAttribute key : attributes(table.schema())) {
            requireScalar(documents, key, "Key");
        }
        for (IndexDescriptor index : table.indexes()) {
            index.partition().forEach(key -> requireScalar(documents, key, "IndexKey"));
            index.sort().forEach(key -> requireScalar(documents, key, "IndexKey"));
        }
    }

    private static void requireScalar(Set<String> documents, KeyAttribute key, String kind) {
        if (documents.contains(key.name())) {
            throw ApiException.validation(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                            + kind + ": " + key.name());
        }
    }

    /** The key of an item to be put; its attributes fit the indexes too. */
    static ItemKey ofItem(Item item, TableDescriptor table) {
        KeySchema schema = table.schema();
        checkInItem(item, schema.partition());
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            checkInItem(item, sort);
        }
        ItemKey key = checkedSizes(item, schema);
        checkIndexKeys(item, table, null);
        return key;
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

    /**
     * Attributes that an index has as keys are of their types, not empty and not too long, or are not there.
     *
     * @param mismatch what to say of a wrong type; null for the words of PutItem
     */
    static void checkIndexKeys(Item item, TableDescriptor table, @Nullable String mismatch) {
        for (IndexDescriptor index : table.indexes()) {
            index.partition()
                    .forEach(key -> checkIndexKey(item, table, index, key, ItemKey.MAX_PARTITION_BYTES, mismatch));
            index.sort().forEach(key -> checkIndexKey(item, table, index, key, ItemKey.MAX_SORT_BYTES, mismatch));
        }
    }

    /** What an update is known to put to the key attributes of indexes, whatever the item, is of their types. */
    static void checkIndexTypes(Update update, TableDescriptor table) {
        for (IndexDescriptor index : table.indexes()) {
            Stream.concat(index.partition().stream(), index.sort().stream()).forEach(key -> {
                AttributeValue.Type type = update.typePut(key.name());
                if (type != null && !key.type().name().equals(type.name())) {
                    throw indexMismatch(key, type, index);
                }
            });
        }
    }

    private static ApiException indexMismatch(KeyAttribute key, AttributeValue.Type actual, IndexDescriptor index) {
        return invalid("Type mismatch for Index Key " + key.name() + " Expected: " + key.type() + " Actual: " + actual
                + " IndexName: " + index.name());
    }

    private static void checkIndexKey(
            Item item,
            TableDescriptor table,
            IndexDescriptor index,
            KeyAttribute key,
            int most,
            @Nullable String mismatch) {
        AttributeValue value = item.get(key.name());
        if (value == null || table.schema().contains(key.name())) {
            return;
        }
        if (!key.type().matches(value)) {
            throw mismatch != null ? ApiException.validation(mismatch) : indexMismatch(key, value.type(), index);
        }
        int length = KeyCodec.encode(value).length();
        if (length == 0) {
            throw ApiException.validation("One or more parameter values are not valid. A value specified for a"
                    + " secondary index key is not supported. The AttributeValue for a key attribute cannot contain an"
                    + " empty " + kind(key.type()) + " value. IndexName: " + index.name() + ", IndexKey: "
                    + key.name());
        }
        if (length > most) {
            throw tooLong(most);
        }
    }

    private static String kind(ScalarType type) {
        return type == ScalarType.B ? "binary" : "string";
    }

    /** An item of a batch has the key attributes, in their types; otherwise it is refused as a key by itself would be. */
    static void requireIn(Item item, KeySchema schema) {
        if (!hasKey(item, schema)) {
            throw ApiException.validation(NO_MATCH);
        }
    }

    /** A key given by itself: exactly the key attributes. */
    static ItemKey of(Item key, KeySchema schema) {
        requireMatch(key, schema, NO_MATCH);
        return checkedSizes(key, schema);
    }

    /** Where a Query or Scan of a table is to go on. @param otherwise what to say of a key that does not fit */
    static ItemKey exclusiveStart(Item key, KeySchema schema, String otherwise) {
        requireMatch(key, schema, otherwise);
        return checkedSizes(key, schema);
    }

    /** Where a Query or Scan of an index is to go on: its key attributes and the table's. */
    static void checkIndexStart(Item key, TableDescriptor table, IndexDescriptor index) {
        Set<KeyAttribute> attributes = new LinkedHashSet<>(index.partition());
        attributes.addAll(index.sort());
        attributes.addAll(attributes(table.schema()));
        if (key.attributes().size() != attributes.size()
                || !attributes.stream().allMatch(attribute -> has(key, attribute))) {
            throw ApiException.validation(INVALID_START);
        }
    }

    static List<KeyAttribute> attributes(KeySchema schema) {
        KeyAttribute sort = schema.sort();
        return sort == null ? List.of(schema.partition()) : List.of(schema.partition(), sort);
    }

    private static void requireMatch(Item key, KeySchema schema, String otherwise) {
        if (key.attributes().size() != (schema.sort() == null ? 1 : 2) || !hasKey(key, schema)) {
            throw ApiException.validation(otherwise);
        }
    }

    private static boolean hasKey(Item item, KeySchema schema) {
        KeyAttribute sort = schema.sort();
        return has(item, schema.partition()) && (sort == null || has(item, sort));
    }

    private static boolean has(Item key, KeyAttribute attribute) {
        AttributeValue value = key.get(attribute.name());
        return value != null && attribute.type().matches(value);
    }

    /** The key of an item that has all key attributes in their right types. */
    private static ItemKey checkedSizes(Item item, KeySchema schema) {
        ItemKey key = ItemKey.of(item, schema);
        checkSize(schema.partition(), key.partition(), ItemKey.MAX_PARTITION_BYTES);
        Bytes sort = key.sort();
        if (sort != null) {
            checkSize(Objects.requireNonNull(schema.sort()), sort, ItemKey.MAX_SORT_BYTES);
        }
        return key;
    }

    /** A value of a key attribute that is neither empty nor too long. */
    static void checkSize(KeyAttribute attribute, AttributeValue value, int most) {
        checkSize(attribute, KeyCodec.encode(value), most);
    }

    private static void checkSize(KeyAttribute attribute, Bytes encoded, int most) {
        if (encoded.length() == 0) {
            throw ApiException.validation("One or more parameter values are not valid. The AttributeValue for a key"
                    + " attribute cannot contain an empty " + kind(attribute.type()) + " value. Key: "
                    + attribute.name());
        }
        if (encoded.length() > most) {
            throw tooLong(most);
        }
    }

    private static ApiException tooLong(int most) {
        return most == ItemKey.MAX_PARTITION_BYTES
                ? invalid("Size of hashkey has exceeded the maximum size limit of" + most + " bytes")
                : invalid("Aggregated size of all range keys has exceeded the size limit of " + most + " bytes");
    }

    static ApiException invalid(String why) {
        return ApiException.validation("One or more parameter values were invalid: " + why);
    }
}
