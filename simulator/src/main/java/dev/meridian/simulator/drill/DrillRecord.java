package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.simulator.scenario.Scenario;
import java.util.List;

/** All that was noted while a drill ran, as it was noted. */
record DrillRecord(
        Scenario scenario,
        DrillClock clock,
        List<Injected> timeline,
        List<ClientRequest> requests,
        List<ClientEvent> events,
        List<Applied> applied,
        List<PairState> stateChanges,
        List<StalenessProbe.Read> reads,
        List<Cut> cuts,
        List<JsonNode> conflicts,
        long calmMicros,
        Convergence.Result convergence,
        List<StreamAuditor.Result> streams,
        List<DrillTables.Drift> drift) {
    /** Microseconds since the load began, of a wall time. */
    long micros(long wallMillis) {
        return clock.micros(wallMillis);
    }
}
