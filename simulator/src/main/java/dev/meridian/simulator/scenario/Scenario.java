package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A scenario, as its file says it. Times count from the beginning of the load; the tables are there then and filled.
 *
 * @param name without spaces: the file's name
 * @param description what it teaches, one paragraph
 * @param duration of the load; what is still broken then is mended, and the regions must converge
 * @param links by direction of the changes
 * @param evictAfter as in a region's configuration; zero never
 * @param partitions of each table's topics
 */
public record Scenario(
        String name,
        String description,
        Duration duration,
        List<RegionId> regions,
        SortedMap<RegionPair, Link> links,
        List<TableSpec> tables,
        List<WorkloadSpec> workloads,
        List<TimelineEvent> timeline,
        ClientPolicy clients,
        Objectives objectives,
        Duration evictAfter,
        int partitions) {
    public Scenario {
        regions = List.copyOf(regions);
        links = Collections.unmodifiableSortedMap(new TreeMap<>(links));
        tables = List.copyOf(tables);
        workloads = List.copyOf(workloads);
        timeline = List.copyOf(timeline);
    }

    /** All that happens, in the order of time; of what happens at one time, as the file has it. */
    public List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        timeline.forEach(event -> steps.addAll(event.steps()));
        steps.sort(Comparator.comparing(Step::at));
        return steps;
    }

    /** What mends everything that {@link #steps} leave broken, to be done when the load has ended. */
    public List<Fault> healing() {
        // A fault is named by what ends it: whoever ends it, or breaks the same once more, replaces it.
        Map<Fault, Fault> broken = new LinkedHashMap<>();
        for (Step step : steps()) {
            broken.remove(step.fault());
            Fault undo = step.fault().undo();
            if (undo != null && !undo.equals(step.fault())) {
                broken.put(undo, undo);
            }
        }
        return List.copyOf(broken.values());
    }

    public TableSpec table(String tableName) {
        return tables.stream()
                .filter(table -> table.name().equals(tableName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no table " + tableName));
    }

    public Scenario withTimeline(List<TimelineEvent> other) {
        return new Scenario(
                name,
                description,
                duration,
                regions,
                links,
                tables,
                workloads,
                other,
                clients,
                objectives,
                evictAfter,
                partitions);
    }
}
