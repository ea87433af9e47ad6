package dev.meridian.simulator.load;

import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.PlannedOperation;

/**
 * One request and how it ended. Times are microseconds since the load began.
 *
 * @param due when it was to be sent: latency counts from here
 * @param reply with its body
 */
public record RequestRecord(
        PlannedOperation operation, ItemRequest request, Endpoint to, long due, long sent, long done, Reply reply) {
    public long latencyMicros() {
        return done - due;
    }
}
