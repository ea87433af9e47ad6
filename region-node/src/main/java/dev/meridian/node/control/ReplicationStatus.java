package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.replicator.Alarm;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/** What {@code /-/replication} says, as JSON. */
public final class ReplicationStatus {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ControlPlane control;
    private final Map<Lane, Publisher> publishers;
    private final InstantSource clock;

    public ReplicationStatus(ControlPlane control, Map<Lane, Publisher> publishers, InstantSource clock) {
        this.control = control;
        this.publishers = publishers;
        this.clock = clock;
    }

    public String json() {
        ObjectNode status = JSON.createObjectNode();
        status.put("region", control.region().value());
        ObjectNode remote = status.putObject("remote");
        control.replicators()
                .forEach(replicator -> describe(
                        replicator, remote.putObject(replicator.origin().value())));
        ObjectNode out = status.putObject("publishers");
        publishers.forEach((lane, publisher) -> out.putObject(lane.name().toLowerCase(java.util.Locale.ROOT))
                .put("state", publisher.state().name())
                .put("backlog", publisher.backlog())
                .put("publishedThrough", publisher.publishedThrough().value()));
        ObjectNode tables = status.putObject("tables");
        control.tables().values().forEach(table -> {
            ObjectNode members = tables.withObjectProperty(table.name());
            table.members()
                    .forEach((region, member) ->
                            members.put(region.value(), member.state().name()));
        });
        return status.toPrettyString();
    }

    private void describe(Replicator replicator, ObjectNode json) {
        long through = replicator.appliedThrough().millis();
        json.put("state", state(replicator));
        if (through == 0) {
            json.putNull("lagMillis").putNull("appliedThrough");
        } else {
            json.put("lagMillis", Math.max(0, clock.millis() - through))
                    .put("appliedThrough", Instant.ofEpochMilli(through).toString());
        }
        json.put(
                "appliedThroughVersion",
                Long.toHexString(replicator.appliedThrough().bits()));
        if (replicator.lastLagMillis() >= 0) {
            json.put("lastRecordLagMillis", replicator.lastLagMillis());
        }
        json.put("pending", replicator.pending())
                .put("applied", replicator.applied())
                .put("conflicts", replicator.conflicts());
        ObjectNode positions = json.putObject("positions");
        replicator.positions().forEach((at, next) -> positions.put(at.toString(), next));
        replicator
                .alarms()
                .forEach(alarm -> json.withArrayProperty("alarms")
                        .addObject()
                        .put("kind", alarm.kind().name())
                        .put("topic", alarm.at().topic())
                        .put("partition", alarm.at().partition())
                        .put("offset", alarm.offset())
                        .put("reason", alarm.reason()));
    }

    private static String state(Replicator replicator) {
        for (Alarm alarm : replicator.alarms()) {
            switch (alarm.kind()) {
                case UNREADABLE, LOST -> {
                    return "STOPPED";
                }
                case CLOCK_AHEAD -> {
                    return "WAITING_FOR_CLOCK";
                }
            }
        }
        return replicator.isConnected() ? "RUNNING" : "BUS_AWAY";
    }
}
