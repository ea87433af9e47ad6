package dev.meridian.node.lmdb;

import java.util.Arrays;

/** The store's own values, each under its name in the database {@code meta}. Stored: add, with a new format, never rename. */
enum Meta {
    /** Format number of the whole layout. */
    FORMAT("format"),
    /** The region whose store this is. */
    REGION("region"),
    /** Last reading of the hybrid clock. */
    CLOCK("clock"),
    /** Last sequence number given to a change. */
    SEQUENCE("sequence"),
    /** The number of the next new table. */
    NEXT_TABLE("next-table"),
    /** The id of the last conflict. */
    CONFLICT("conflict"),
    /** The id of the last conflict that is marked as published. */
    CONFLICT_PUBLISHED("conflict-published"),
    /** A {@link dev.meridian.model.StoreHistory}; a store of 0.1.0 has none until it is opened for writing. */
    HISTORY("history");

    private final String storedName;

    Meta(String storedName) {
        this.storedName = storedName;
    }

    String storedName() {
        return storedName;
    }

    static boolean isName(String name) {
        return Arrays.stream(values()).anyMatch(meta -> meta.storedName.equals(name));
    }
}
