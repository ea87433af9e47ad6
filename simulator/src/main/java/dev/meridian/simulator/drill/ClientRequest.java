package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.Outcome;

/**
 * One request of the load. Times are microseconds since the load began.
 *
 * @param id of the operation, which each item that it wrote has as its write id
 */
record ClientRequest(
        RegionId home,
        RegionId target,
        String id,
        String operation,
        boolean writes,
        long dueMicros,
        long sentMicros,
        long doneMicros,
        Outcome outcome) {
    long latencyMicros() {
        return doneMicros - dueMicros;
    }

    /** A delete leaves no item that would name it. */
    boolean leavesItem() {
        return writes && !operation.equals("DeleteItem");
    }
}
