package dev.meridian.model;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/**
 * A law checked over seeded random cases: the same in each build, so that a build that passes passes again; with {@code
 * -Dmeridian.explore=true} over others each time. A failure names the seed of its case; {@code -Dmeridian.seed=N} runs that
 * case alone.
 */
public final class Property {
    /** What must hold for the case that {@code random} makes. */
    @FunctionalInterface
    public interface Law {
        void check(RandomGenerator random) throws Exception;
    }

    private static final String SEED = "meridian.seed";
    private static final long FIRST_SEED = 20191121;

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
        SplittableRandom seeds = seeds();
        for (int i = 0; i < cases; i++) {
            check(seeds.nextLong(), law);
        }
        return cases;
    }

    /** As {@link #holds}, as many cases at a time as there are processors: for long ones that share nothing. */
    public static int holdsConcurrently(int cases, Law law) {
        if (Long.getLong(SEED) != null) {
            return holds(cases, law);
        }
        SplittableRandom seeds = seeds();
        long[] all = LongStream.generate(seeds::nextLong).limit(cases).toArray();
        LongStream.of(all).parallel().forEach(seed -> check(seed, law));
        return cases;
    }

    /** For a test that makes its own cases from one seed: that to replay, or else as {@link #holds} chooses. */
    public static long seed() {
        return Long.getLong(SEED, seeds().nextLong());
    }

    private static SplittableRandom seeds() {
        return Boolean.getBoolean("meridian.explore") ? new SplittableRandom() : new SplittableRandom(FIRST_SEED);
    }

    private static void check(long seed, Law law) {
        try {
            law.check(new SplittableRandom(seed));
        } catch (Exception | Error failure) {
            throw new AssertionError(
                    "fails with seed " + seed + "; replay with -D" + SEED + "=" + seed + ": " + failure.getMessage(),
                    failure);
        }
    }
}
