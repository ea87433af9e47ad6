package dev.meridian.simulator.scenario;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for a run to pass; null where nothing is asked.
 *
 * @param rto from a region's failure to the first request of its clients that succeeds again
 * @param rpo age of the oldest change that no other region had when its region was killed
 * @param rpoItems how many changes no other region had then
 * @param lagP99 from commit to commit in another region, for the worst pair of regions, over the whole run
 * @param errorRate share of requests that failed, of all
 * @param convergence from the end of load and faults until all regions hold the same
 */
public record Objectives(
        @Nullable Duration rto,
        @Nullable Duration rpo,
        @Nullable Integer rpoItems,
        @Nullable Duration lagP99,
        @Nullable Double errorRate,
        @Nullable Duration convergence) {
    public static final Objectives NONE = new Objectives(null, null, null, null, null, null);
}
