package dev.meridian.node.store;

import java.util.List;

/**
 * Which attributes of an item an index shows. The keys of the table and of the index are always among them.
 *
 * @param nonKeyAttributes with INCLUDE only, in the order given
 */
public record IndexProjection(Type type, List<String> nonKeyAttributes) {
    public static final IndexProjection ALL = new IndexProjection(Type.ALL, List.of());
    public static final IndexProjection KEYS_ONLY = new IndexProjection(Type.KEYS_ONLY, List.of());

    /** DynamoDB's projection types, under their names on the wire. */
    public enum Type {
        ALL,
        KEYS_ONLY,
        INCLUDE
    }

    public IndexProjection {
        nonKeyAttributes = List.copyOf(nonKeyAttributes);
        if (nonKeyAttributes.isEmpty() == (type == Type.INCLUDE)) {
            throw new IllegalArgumentException(type + " with " + nonKeyAttributes);
        }
    }
}
