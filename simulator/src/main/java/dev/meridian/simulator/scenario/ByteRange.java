package dev.meridian.simulator.scenario;

import java.util.random.RandomGenerator;

/** How large something is, in bytes: anything in between, equally likely. Both ends are included. */
public record ByteRange(int min, int max) {
    public ByteRange {
        if (min < 0 || max < min) {
            throw new IllegalArgumentException("no range of sizes: " + min + ".." + max);
        }
    }

    public int pick(RandomGenerator random) {
        return random.nextInt(min, max + 1);
    }
}
