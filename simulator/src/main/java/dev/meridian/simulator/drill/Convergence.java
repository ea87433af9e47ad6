package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.node.cli.client.Verification;
import dev.meridian.simulator.scenario.RegionPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits until every region has all that every other had committed, and has it proved by digests. */
final class Convergence {
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final DrillCluster cluster;
    private final NodeClient pages;
    private final DrillClock clock;
    private final Duration patience;

    /**
     * What one region held of another in the end.
     *
     * @param holdsThrough the version up to which it certifiably held all; null if it could not say
     */
    record Certificate(
            RegionPair pair,
            boolean drained,
            String statement,
            @Nullable String holdsThrough) {}

    /** @param said one line; @param equal null if it could not be told */
    record Proof(String table, @Nullable Boolean equal, SortedMap<String, Long> items, int differing, String said) {}

    /** @param atMicros since when every certificate reached what was committed; null if that never was */
    record Result(@Nullable Long atMicros, List<Certificate> certificates, List<Proof> proofs) {
        boolean proved() {
            return atMicros != null
                    && proofs.stream().allMatch(proof -> Boolean.TRUE.equals(proof.equal()))
                    && !proofs.isEmpty();
        }
    }

    Convergence(DrillCluster cluster, DrillClock clock, Duration patience) {
        this.cluster = cluster;
        this.pages = cluster.pages();
        this.clock = clock;
        this.patience = patience;
    }

    /** Of all that is committed by now. */
    Result await(List<String> tables) {
        SortedMap<RegionPair, Certificate> certificates = drain();
        boolean drained = certificates.values().stream().allMatch(Certificate::drained);
        Long at = drained ? clock.micros() : null;
        List<Proof> proofs = new ArrayList<>();
        for (String table : tables) {
            proofs.add(drained ? prove(table) : unproved(table, "not compared: not all was applied"));
        }
        return new Result(at, List.copyOf(certificates.values()), proofs);
    }

    /** @return by pair, drained or not, when all are or patience has ended */
    SortedMap<RegionPair, Certificate> drain() {
        SortedMap<RegionId, String> marks = new TreeMap<>();
        for (RegionId region : cluster.regions()) {
            marks.put(region, mark(region));
        }
        SortedMap<RegionPair, Certificate> certificates = new TreeMap<>();
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            for (RegionId from : cluster.regions()) {
                for (RegionId to : cluster.regions()) {
                    RegionPair pair = from.equals(to) ? null : new RegionPair(from, to);
                    Certificate known = pair == null ? null : certificates.get(pair);
                    if (pair != null && (known == null || !known.drained())) {
                        certificates.put(pair, certificate(pair, marks.getOrDefault(from, "")));
                    }
                }
            }
            if (certificates.values().stream().allMatch(Certificate::drained) || System.nanoTime() > until) {
                return certificates;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    /** A version above all that the region has committed; empty if it does not answer. */
    private String mark(RegionId region) {
        try {
            return pages.get(region.value(), "committed", Map.of())
                    .path("committed")
                    .path("version")
                    .asText();
        } catch (CommandFailedException down) {
            return "";
        }
    }

    private Certificate certificate(RegionPair pair, String mark) {
        try {
            JsonNode page = pages.get(
                    pair.to().value(),
                    "drain",
                    Map.of("from", pair.from().value(), "to", pair.to().value()));
            String holds = page.path("holdsThrough").path("version").asText("");
            boolean drained = !mark.isEmpty() && !holds.isEmpty() && isAtLeast(holds, mark);
            return new Certificate(pair, drained, page.path("statement").asText(), holds.isEmpty() ? null : holds);
        } catch (CommandFailedException down) {
            return new Certificate(pair, false, String.valueOf(down.getMessage()), null);
        }
    }

    private static boolean isAtLeast(String version, String other) {
        return Long.compareUnsigned(Long.parseUnsignedLong(version, 16), Long.parseUnsignedLong(other, 16)) >= 0;
    }

    private Proof prove(String table) {
        try {
            Verification.Result result = new Verification(pages, table, patience).run();
            int differing = result.differing().size();
            boolean sure = result.undecided() == 0;
            String said = differing > 0
                    ? differing + " keys differ: "
                            + String.join(
                                    ", ",
                                    result.differing().keySet().stream()
                                            .limit(10)
                                            .toList())
                    : sure ? "the same digests at one cut" : result.undecided() + " keys could not be compared";
            return new Proof(
                    table, differing > 0 ? Boolean.FALSE : sure ? Boolean.TRUE : null, result.items(), differing, said);
        } catch (CommandFailedException notNow) {
            return unproved(table, String.valueOf(notNow.getMessage()));
        }
    }

    private static Proof unproved(String table, String why) {
        return new Proof(table, null, new TreeMap<>(), 0, why);
    }
}
