package dev.meridian.simulator.scenario;

import java.time.Duration;
import java.util.List;

/**
 * One entry of a scenario's timeline.
 *
 * @param at since the load began
 * @param title what the scenario says: the fault's name and what it is done to
 * @param steps what happens when; a copy that is restored is made before {@code at}
 */
public record TimelineEvent(Duration at, String title, List<Step> steps) {
    /** @param at since the load began */
    public record Step(Duration at, Fault fault) {}

    public TimelineEvent {
        steps = List.copyOf(steps);
    }
}
