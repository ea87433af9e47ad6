package dev.meridian.model;

import org.jspecify.annotations.Nullable;

/** What identifies an item of a table: a partition key, and in a composite schema a sort key. */
public record KeySchema(KeyAttribute partition, @Nullable KeyAttribute sort) {
    public boolean isComposite() {
        return sort != null;
    }

    public boolean contains(String attribute) {
        KeyAttribute second = sort;
        return partition.name().equals(attribute)
                || (second != null && second.name().equals(attribute));
    }
}
