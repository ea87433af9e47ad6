package dev.meridian.simulator.workload;

import dev.meridian.simulator.scenario.KeyDistribution;
import java.util.random.RandomGenerator;

/** Picks records, from 0, as a distribution says. The same on every JVM: powers are StrictMath's. */
final class KeyChooser {
    private final KeyDistribution distribution;
    private final int records;
    private final Zipf zipf;

    KeyChooser(KeyDistribution distribution, int records) {
        this.distribution = distribution;
        this.records = records;
        this.zipf = new Zipf(
                records,
                distribution instanceof KeyDistribution.Zipfian skewed
                        ? skewed.exponent()
                        : KeyDistribution.Zipfian.EXPONENT_DEFAULT);
    }

    int pick(RandomGenerator random) {
        if (distribution instanceof KeyDistribution.Zipfian) {
            // The popular ones are not all at the beginning.
            return (int) Long.remainderUnsigned(scatter(zipf.rank(random)), records);
        }
        if (distribution instanceof KeyDistribution.Hot hot) {
            int hotKeys = Math.min(hot.keys(), records);
            return hotKeys == records || random.nextDouble() < hot.share()
                    ? random.nextInt(hotKeys)
                    : random.nextInt(hotKeys, records);
        }
        return random.nextInt(records);
    }

    /** How many records back from the newest: mostly few. */
    int pickAge(RandomGenerator random) {
        return (int) zipf.rank(random);
    }

    /** The 64-bit FNV-1a hash, as YCSB scatters its keys. */
    private static long scatter(long value) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < 8; i++) {
            hash = (hash ^ (value >>> (8 * i) & 0xFF)) * 0x100000001B3L;
        }
        return hash;
    }

    /**
     * Ranks from 0, by the method of Gray et al., "Quickly generating billion-record synthetic databases", SIGMOD 1994,
     * as YCSB has it.
     */
    private static final class Zipf {
        private final int count;
        private final double exponent;
        private final double zetaAll;
        private final double eta;

        Zipf(int count, double exponent) {
            this.count = count;
            this.exponent = exponent;
            double zeta = 0;
            double zetaOfTwo = 0;
            for (int i = 1; i <= count; i++) {
                zeta += 1 / StrictMath.pow(i, exponent);
                zetaOfTwo = i == 2 ? zeta : zetaOfTwo;
            }
            this.zetaAll = zeta;
            this.eta = (1 - StrictMath.pow(2.0 / count, 1 - exponent)) / (1 - zetaOfTwo / zeta);
        }

        long rank(RandomGenerator random) {
            double u = random.nextDouble();
            double uz = u * zetaAll;
            if (uz < 1) {
                return 0;
            }
            if (uz < 1 + StrictMath.pow(0.5, exponent)) {
                return Math.min(1, count - 1);
            }
            long rank = (long) (count * StrictMath.pow(eta * u - eta + 1, 1 / (1 - exponent)));
            return Math.min(count - 1, rank);
        }
    }
}
