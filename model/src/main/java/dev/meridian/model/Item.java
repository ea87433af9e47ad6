package dev.meridian.model;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An item: attribute names and values, sorted by name. */
public record Item(SortedMap<String, AttributeValue> attributes) {
    /** Largest item in bytes, names included: 400 KB. */
    public static final int MAX_SIZE_BYTES = 400 * 1024;

    public Item {
        attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    }

    public static Item of(Map<String, AttributeValue> attributes) {
        return new Item(new TreeMap<>(attributes));
    }

    public @Nullable AttributeValue get(String name) {
        return attributes.get(name);
    }

    /** Size by DynamoDB's rules, in bytes. */
    public int sizeBytes() {
        return ValueSize.ofMembers(attributes);
    }
}
