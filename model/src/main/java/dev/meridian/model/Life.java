package dev.meridian.model;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** One opening of a store: random, so that two copies of one folder that are both opened do not share one. */
public record Life(long bits) {
    public static Life random(RandomGenerator random) {
        return new Life(random.nextLong());
    }

    /** @throws IllegalArgumentException if it is not as {@link #toString} writes it */
    public static Life parse(String digits) {
        if (digits.length() != 2 * Long.BYTES) {
            throw new IllegalArgumentException("'" + digits + "' is no life of a store");
        }
        return new Life(HexFormat.fromHexDigitsToLong(digits));
    }

    /** 16 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(bits);
    }
}
