package dev.meridian.simulator.scenario;

/** Which records a workload picks how often. */
public sealed interface KeyDistribution {
    /** Each as often as any other. */
    record Uniform() implements KeyDistribution {}

    /**
     * The n-th most popular record is picked in proportion to 1 / n to the power of {@code exponent}; which records are
     * popular is scattered over the keys.
     *
     * @param exponent above 0 and below 1; YCSB's is 0.99
     */
    record Zipfian(double exponent) implements KeyDistribution {
        public static final double EXPONENT_DEFAULT = 0.99;

        public Zipfian {
            if (!(exponent > 0 && exponent < 1)) {
                throw new IllegalArgumentException("a zipfian exponent is above 0 and below 1, not " + exponent);
            }
        }
    }

    /** The first {@code keys} records get {@code share} of all picks; the rest goes to the others. */
    record Hot(double share, int keys) implements KeyDistribution {
        public Hot {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("the share of hot keys is 0% to 100%, not " + share);
            }
            if (keys < 1) {
                throw new IllegalArgumentException("at least one key is hot");
            }
        }
    }
}
