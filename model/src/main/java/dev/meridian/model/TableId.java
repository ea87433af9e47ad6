package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.UUID;

/** Identifies a table through all its replicas and for all time: a later table of the same name has another id. */
public record TableId(UUID value) implements Comparable<TableId> {
    public static TableId parse(String text) {
        return new TableId(UUID.fromString(text));
    }

    public void encode(ByteSink out) {
        out.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
    }

    public static TableId decode(ByteBuffer in) {
        return new TableId(new UUID(in.getLong(), in.getLong()));
    }

    @Override
    public int compareTo(TableId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
