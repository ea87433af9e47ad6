package dev.meridian.simulator.virtual;

import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TimelineEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run is to be.
 *
 * @param source of the scenario, as a command names it
 * @param whole the scenario as it is written
 * @param faults which entries of its timeline happen, by their places from 0
 * @param operations which of the planned operations are sent, by their places from 0
 * @param atLeast the scenario is played again and again until so much virtual time has passed
 * @param probed whether regions write what a drill writes to measure staleness
 */
public record Plan(
        String source, Scenario whole, long seed, Ranges faults, Ranges operations, Duration atLeast, boolean probed) {
    public static Plan of(String source, Scenario scenario, long seed) {
        return new Plan(source, scenario, seed, Ranges.ALL, Ranges.ALL, Duration.ZERO, false);
    }

    /** The scenario with those faults only that are to happen. */
    Scenario scenario() {
        if (faults.isAll()) {
            return whole;
        }
        List<TimelineEvent> timeline = new ArrayList<>();
        for (int i = 0; i < whole.timeline().size(); i++) {
            if (faults.contains(i)) {
                timeline.add(whole.timeline().get(i));
            }
        }
        return whole.withTimeline(timeline);
    }

    public Plan withSeed(long other) {
        return new Plan(source, whole, other, faults, operations, atLeast, probed);
    }

    Plan withFaults(Ranges fewer) {
        return new Plan(source, whole, seed, fewer, operations, atLeast, probed);
    }

    Plan withOperations(Ranges fewer) {
        return new Plan(source, whole, seed, faults, fewer, atLeast, probed);
    }

    /** What does it again. */
    public String command() {
        StringBuilder command = new StringBuilder("./meridian simulate " + source + " --seed " + seed);
        if (!faults.isAll()) {
            command.append(" --faults ").append(faults.ranges().isEmpty() ? "none" : faults);
        }
        if (!operations.isAll()) {
            command.append(" --operations ").append(operations.ranges().isEmpty() ? "none" : operations);
        }
        if (!atLeast.isZero()) {
            command.append(" --hours ").append(atLeast.toSeconds() / 3600.0);
        }
        if (probed) {
            command.append(" --probe");
        }
        return command + " --trace";
    }
}
