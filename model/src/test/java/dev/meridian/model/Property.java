package dev.meridian.model;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A law checked over seeded random cases. A failure names the seed of its case; {@code -Dmeridian.seed=N} runs that case
 * alone.
 */
public final class Property {
    /** What must hold for the case that {@code random} makes. */
    @FunctionalInterface
    public interface Law {
        void check(RandomGenerator random) throws Exception;
    }

    private static final String SEED = "meridian.seed";

    private Property() {}

    /**
     * Checks {@code cases} cases, each from a seed of its own.
     *
     * @return how many were checked: one when it is replayed
     */
    public static int holds(int cases, Law law) {
        Long replayed = Long.getLong(SEED);
        if (replayed != null) {
            check(replayed, law);
            return 1;
        }
        SplittableRandom seeds = new SplittableRandom();
        for (int i = 0; i < cases; i++) {
            check(seeds.nextLong(), law);
        }
        return cases;
    }

    private static void check(long seed, Law law) {
        try {
            law.check(new SplittableRandom(seed));
        } catch (Exception | AssertionError failure) {
            throw new AssertionError(
                    "fails with seed " + seed + "; replay with -D" + SEED + "=" + seed + ": " + failure.getMessage(),
                    failure);
        }
    }
}
