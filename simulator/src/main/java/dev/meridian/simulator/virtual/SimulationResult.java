package dev.meridian.simulator.virtual;

import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.virtual.Clients.Failover;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a run came to.
 *
 * @param broken the law that did not hold; null if all did
 * @param traceHash of everything that happened
 * @param virtualTime from the beginning to the end of everything
 * @param events that happened
 * @param requests that clients sent, and how many of them failed
 * @param operations that were planned by then, in the last round
 * @param convergence from the end of load and faults until every change was everywhere; null if a law broke before
 * @param lagMicros by the way of the changes, from commit to commit
 * @param probes reads behind a causal token that were looked at
 */
public record SimulationResult(
        String scenario,
        long seed,
        @Nullable BrokenLaw broken,
        String traceHash,
        Duration virtualTime,
        long events,
        long requests,
        long failedRequests,
        int operations,
        int conflicts,
        int probes,
        @Nullable Duration convergence,
        SortedMap<RegionPair, Histogram> lagMicros,
        Histogram clientMicros,
        List<Failure> failures,
        List<Loss> losses) {
    public SimulationResult {
        lagMicros = Collections.unmodifiableSortedMap(new TreeMap<>(lagMicros));
        failures = List.copyOf(failures);
        losses = List.copyOf(losses);
    }

    /** @param what names what is wrong @param atMicros since the load began */
    public record BrokenLaw(String law, String what, long atMicros) {}

    /**
     * How the clients of one region came over a region's failure; times since the failure, null for never.
     *
     * @param firstSuccess of any request of theirs behind it
     */
    public record Failure(
            String clients,
            String region,
            @Nullable Duration detected,
            @Nullable Duration decided,
            @Nullable Duration firstSuccess) {
        static Failure of(Failover failover) {
            return new Failure(
                    failover.home.value(),
                    failover.failedRegion.value(),
                    since(failover, failover.detectedMicros),
                    since(failover, failover.decidedMicros),
                    since(failover, failover.firstSuccessMicros));
        }

        private static @Nullable Duration since(Failover failover, long micros) {
            return micros < 0 ? null : Duration.ofNanos((micros - failover.failedMicros) * 1_000);
        }
    }

    /**
     * What only a region had when it was killed.
     *
     * @param oldest age of the oldest change
     * @param changes how many
     * @param missingIn by region, how many changes it lacked
     */
    public record Loss(String region, Duration oldest, int changes, SortedMap<String, Integer> missingIn) {
        public Loss {
            missingIn = Collections.unmodifiableSortedMap(new TreeMap<>(missingIn));
        }
    }
}
