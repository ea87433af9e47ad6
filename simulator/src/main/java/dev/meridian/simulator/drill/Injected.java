package dev.meridian.simulator.drill;

import dev.meridian.simulator.scenario.Fault;
import org.jspecify.annotations.Nullable;

/**
 * One fault, or its end, as it was done.
 *
 * @param plannedMicros since the load began
 * @param doneMicros null if it failed
 * @param healing whether it mends what the timeline left broken
 * @param trouble why it failed
 */
record Injected(
        Fault fault,
        long plannedMicros,
        long begunMicros,
        @Nullable Long doneMicros,
        boolean healing,
        @Nullable String trouble) {}
