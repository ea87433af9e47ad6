package dev.meridian.simulator.workload;

import dev.meridian.model.RegionId;
import java.util.List;

/**
 * Something that a client does at its time.
 *
 * @param id unique in the run; each item that it writes has it in its attribute {@link Workload#WRITE_ID}
 * @param atMicros when the first request is to be sent, since the load began
 * @param home of the client; where the request goes is the client policy's to say
 * @param steps requests in order, each sent when the one before has been answered; nearly always one
 */
public record PlannedOperation(String id, String workload, long atMicros, RegionId home, List<ItemRequest> steps) {
    public PlannedOperation {
        steps = List.copyOf(steps);
    }
}
