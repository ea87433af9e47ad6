package dev.meridian.simulator.drill;

import dev.meridian.simulator.scenario.RegionPair;

/**
 * One change that one region applied of another. Times are milliseconds since 1970 by the machine's clock: what injected
 * clock offsets did to them is taken out.
 *
 * @param id where it is in its origin's Kafka: the same for all regions that apply it
 * @param publishedMillis -1 if it is not known
 */
record Applied(
        RegionPair pair,
        String table,
        String id,
        long committedMillis,
        long publishedMillis,
        long consumedMillis,
        long appliedMillis) {
    long lagMillis() {
        return Math.max(0, appliedMillis - committedMillis);
    }
}
