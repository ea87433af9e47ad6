package dev.meridian.model;

import java.time.Instant;

/**
 * A hybrid logical clock reading in 64 bits: 48 of milliseconds since 1970, 16 of a counter within the millisecond.
 * Compares as a number.
 *
 * @see <a href="https://cse.buffalo.edu/tech-reports/2014-04.pdf">Kulkarni et al., Logical Physical Clocks</a>
 */
public record HybridTimestamp(long bits) implements Comparable<HybridTimestamp> {
    public static final HybridTimestamp ZERO = new HybridTimestamp(0);

    /** Above every reading. */
    public static final HybridTimestamp MAX = new HybridTimestamp(-1);

    static final int COUNTER_BITS = 16;

    public static HybridTimestamp ofMillis(long millis) {
        return new HybridTimestamp(millis << COUNTER_BITS);
    }

    public long millis() {
        return bits >>> COUNTER_BITS;
    }

    public int counter() {
        return (int) (bits & ((1 << COUNTER_BITS) - 1));
    }

    public boolean isAfter(HybridTimestamp other) {
        return compareTo(other) > 0;
    }

    /** The next reading: the counter runs over into the milliseconds. */
    public HybridTimestamp next() {
        return new HybridTimestamp(bits + 1);
    }

    @Override
    public int compareTo(HybridTimestamp other) {
        return Long.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return Instant.ofEpochMilli(millis()) + "+" + counter();
    }
}
