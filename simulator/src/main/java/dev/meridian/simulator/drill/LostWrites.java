package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.simulator.load.Outcome;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import dev.meridian.simulator.workload.Workload;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledged writes that some region never showed. That may be, if somebody overwrote one who had it before him, or if
 * it lost against another made at the same time; then the conflict feed must name it.
 *
 * @param looked acknowledged writes that leave an item
 * @param lost those that at least one region never showed, and nobody overwrote knowingly
 * @param unnamed those of the lost that no conflict names, in order
 */
record LostWrites(int looked, int lost, List<String> unnamed) {
    /** Null if it cannot be told: a region that loads a table is spared what has been overwritten by then. */
    static @Nullable LostWrites of(DrillRecord record) {
        boolean all = record.convergence().atMicros() != null
                && !record.streams().isEmpty()
                && record.streams().stream().allMatch(read -> read.trouble().isEmpty());
        if (!all || loads(record.scenario())) {
            return null;
        }
        Set<String> acknowledged = new HashSet<>();
        for (ClientRequest request : record.requests()) {
            if (request.outcome() == Outcome.OK && request.leavesItem()) {
                acknowledged.add(request.id());
            }
        }
        Set<String> lost = new HashSet<>();
        for (StreamAuditor.Result region : record.streams()) {
            acknowledged.stream().filter(id -> !region.written().contains(id)).forEach(lost::add);
        }
        record.streams().forEach(region -> lost.removeAll(region.overwritten()));
        Set<String> named = named(record.conflicts());
        return new LostWrites(
                acknowledged.size(),
                lost.size(),
                lost.stream().filter(id -> !named.contains(id)).sorted().toList());
    }

    private static boolean loads(Scenario scenario) {
        return !scenario.evictAfter().isZero()
                || scenario.tables().stream()
                        .anyMatch(table ->
                                table.replicas().size() < scenario.regions().size())
                || scenario.steps().stream().map(Step::fault).anyMatch(LostWrites::loads);
    }

    private static boolean loads(Fault fault) {
        return fault.replaces() != null
                || fault instanceof Fault.LogExpiry
                || fault instanceof Fault.ReplicaAdd
                || fault instanceof Fault.ReplicaRemove;
    }

    private static Set<String> named(List<JsonNode> conflicts) {
        Set<String> named = new HashSet<>();
        for (JsonNode conflict : conflicts) {
            named.add(conflict.path("loser")
                    .path("image")
                    .path(Workload.WRITE_ID)
                    .path("S")
                    .asText());
        }
        return named;
    }
}
