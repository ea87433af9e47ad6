package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** One history of a region's store. A store gets another when it is made, and when it rejoins after it was put back. */
public record Incarnation(UUID value) {
    public static Incarnation random(RandomGenerator random) {
        return new Incarnation(new UUID(random.nextLong(), random.nextLong()));
    }

    /** @throws IllegalArgumentException if it is not as {@link #toString} writes it */
    public static Incarnation parse(String text) {
        return new Incarnation(UUID.fromString(text));
    }

    void encode(ByteSink out) {
        out.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
    }

    static Incarnation decode(ByteBuffer in) {
        return new Incarnation(new UUID(in.getLong(), in.getLong()));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
