package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.simulator.report.DrillReport.ConflictCount;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.Superseded;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** From cuts, applied changes and conflicts to what would have been lost, and what lost. */
final class LossAnalysis {
    private static final double MICROS_PER_SECOND = 1e6;
    private static final int NAMED = 50;

    private final DrillRecord record;

    /**
     * What no other region had when a region was killed.
     *
     * @param oldestMillis 0 if there was nothing
     */
    record AtKill(String what, long records, long oldestMillis) {}

    LossAnalysis(DrillRecord record) {
        this.record = record;
    }

    List<Loss> losses() {
        return record.cuts().stream().map(this::loss).toList();
    }

    private Loss loss(Cut cut) {
        long at = record.clock().wallMillis(cut.atMicros());
        Long mendedMicros = cut.mendedMicros();
        long mended = mendedMicros == null ? Long.MAX_VALUE : record.clock().wallMillis(mendedMicros);
        long records = 0;
        long after = 0;
        long oldest = at;
        for (Applied change : record.applied()) {
            if (change.pair().equals(cut.pair()) && change.committedMillis() <= at && change.appliedMillis() > at) {
                records++;
                oldest = Math.min(oldest, change.committedMillis());
                after += change.appliedMillis() > mended ? 1 : 0;
            }
        }
        // What never arrived at all cannot be counted here; then the count would be too small, and is not given.
        boolean allArrived = record.convergence().atMicros() != null;
        Long through = cut.holdsThroughMillis();
        List<JsonNode> changes = cut.changes();
        List<Superseded> superseded = superseded(cut);
        return new Loss(
                cut.what(),
                cut.atMicros() / MICROS_PER_SECOND,
                cut.pair().from().value(),
                cut.pair().to().value(),
                through == null ? null : (Double) (double) Math.max(0, at - through),
                cut.holdsThrough(),
                allArrived ? (Long) records : null,
                allArrived ? (Double) (double) (at - oldest) : null,
                allArrived ? (Long) after : null,
                changes == null ? null : (Long) (long) changes.size(),
                changes == null
                        ? List.of()
                        : changes.stream().limit(NAMED).map(LossAnalysis::name).toList(),
                (long) superseded.size(),
                superseded.stream().limit(NAMED).toList());
    }

    private static String name(JsonNode change) {
        return change.path("table").asText() + " " + change.path("key");
    }

    /** Losers that the one wrote since the other held all, until it was killed or the cut was mended. */
    private List<Superseded> superseded(Cut cut) {
        List<Superseded> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Long through = cut.holdsThroughMillis();
        Long mended = cut.mendedMicros();
        long from = through == null ? record.clock().wallMillis(cut.atMicros()) : through;
        long until = cut.kill()
                ? record.clock().wallMillis(cut.atMicros())
                : mended == null ? Long.MAX_VALUE : record.clock().wallMillis(mended);
        for (JsonNode conflict : record.conflicts()) {
            JsonNode loser = conflict.path("loser");
            long written = millis(loser.path("writtenAt"));
            boolean here =
                    loser.path("region").asText().equals(cut.pair().from().value())
                            && conflict.path("winner")
                                    .path("region")
                                    .asText()
                                    .equals(cut.pair().to().value())
                            && written > from
                            && written <= until;
            if (here && seen.add(identity(conflict))) {
                found.add(new Superseded(
                        conflict.path("table").asText(),
                        conflict.path("key").toString(),
                        conflict.path("winner").path("region").asText(),
                        image(loser),
                        image(conflict.path("winner"))));
            }
        }
        return found;
    }

    private static long millis(JsonNode time) {
        return Instant.parse(time.asText("1970-01-01T00:00:00Z")).toEpochMilli();
    }

    /** The same in all regions that met both writes. */
    private static String identity(JsonNode conflict) {
        return conflict.path("tableId").asText()
                + conflict.path("key")
                + conflict.path("winner").path("version").asText()
                + conflict.path("loser").path("version").asText();
    }

    private static String image(JsonNode write) {
        return write.path("deleted").asBoolean()
                ? "deleted"
                : write.path("image").toString();
    }

    List<ConflictCount> conflictCounts() {
        SortedMap<String, Long> counts = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        for (JsonNode conflict : record.conflicts()) {
            if (seen.add(identity(conflict))) {
                String one = conflict.path("winner").path("region").asText();
                String other = conflict.path("loser").path("region").asText();
                String between = one.compareTo(other) < 0 ? one + " / " + other : other + " / " + one;
                counts.merge(conflict.path("table").asText() + "\t" + between, 1L, Long::sum);
            }
        }
        List<ConflictCount> all = new ArrayList<>();
        counts.forEach((key, count) -> {
            String[] parts = key.split("\t", 2);
            all.add(new ConflictCount(parts[0], parts[1], count));
        });
        return all;
    }

    /** For each region that was killed; null if not all arrived in the end, so that it cannot be told. */
    @Nullable
    List<AtKill> atKills() {
        if (record.convergence().atMicros() == null) {
            return null;
        }
        List<AtKill> all = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (Cut cut : record.cuts()) {
            if (cut.kill() && seen.add(cut.atMicros())) {
                all.add(atKill(cut));
            }
        }
        return all;
    }

    private AtKill atKill(Cut cut) {
        long at = record.clock().wallMillis(cut.atMicros());
        Map<String, Long> committed = new HashMap<>();
        Map<String, Long> firstApplied = new HashMap<>();
        for (Applied change : record.applied()) {
            if (change.pair().from().equals(cut.pair().from()) && change.committedMillis() <= at) {
                committed.put(change.id(), change.committedMillis());
                firstApplied.merge(change.id(), change.appliedMillis(), Math::min);
            }
        }
        long records = 0;
        long oldest = at;
        for (Map.Entry<String, Long> entry : firstApplied.entrySet()) {
            if (entry.getValue() > at) {
                records++;
                oldest = Math.min(oldest, committed.getOrDefault(entry.getKey(), at));
            }
        }
        return new AtKill(cut.what(), records, at - oldest);
    }
}
