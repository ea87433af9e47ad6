package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.replicator.Alarm;
import dev.meridian.replicator.AppliedExcept;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.resilience.CallPolicy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalLong;

/** What {@code /-/replication} says, as JSON. */
public final class ReplicationStatus {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EVICTED =
            "it was silent for too long, or its store was put back; it loads the table anew when it is here";

    private final ControlPlane control;
    private final Map<Lane, Publisher> publishers;
    private final InstantSource clock;

    public ReplicationStatus(ControlPlane control, Map<Lane, Publisher> publishers, InstantSource clock) {
        this.control = control;
        this.publishers = publishers;
        this.clock = clock;
    }

    /** What a look at the node's health should show: each field is there only if there is something in it. */
    public void addTo(ObjectNode health) {
        control.paused().forEach(from -> health.withArrayProperty("paused").add(from.value()));
        control.unreachable()
                .forEach(region -> health.withArrayProperty("unreachable").add(region.value()));
        publishers
                .values()
                .forEach(publisher -> publisher
                        .alarms()
                        .values()
                        .forEach(reason -> health.withArrayProperty("alarms").add(reason)));
        String wrong = control.storeAlarm();
        if (wrong != null) {
            health.withArrayProperty("alarms").add("REJOIN " + wrong);
        }
        control.tables().values().forEach(table -> {
            table.members().forEach((region, member) -> {
                if (member.state() == Member.State.EVICTED) {
                    health.withArrayProperty("alarms")
                            .add("EVICTED " + region + " of " + table.name() + ": " + EVICTED);
                }
            });
            table.excludedIndexes()
                    .forEach((index, why) -> health.withArrayProperty("alarms")
                            .add("INDEX_EXCLUDED " + index + " of " + table.name() + ": " + why));
        });
        int losses = control.losses().count();
        if (losses > 0) {
            health.withArrayProperty("alarms").add("DATA_LOSS " + losses + " events: see /-/data-loss");
        }
        control.setAsides()
                .alarms()
                .forEach((at, alarm) -> health.withArrayProperty("alarms").add("JUNK " + at + ": " + alarm.reason()));
        control.replicators().stream()
                .filter(Replicator::isBehind)
                .forEach(replicator -> health.withArrayProperty("alarms")
                        .add("PUT_BACK " + replicator.origin() + ": " + putBack(replicator)));
        control.replicators()
                .forEach(replicator -> replicator
                        .alarms()
                        .forEach(alarm -> health.withArrayProperty("alarms")
                                .add(alarm.kind() + " " + alarm.at() + " offset " + alarm.offset() + ": "
                                        + alarm.reason())));
    }

    /** What follows another region, as {@link #json} tells it. */
    public ObjectNode remote(Replicator replicator) {
        ObjectNode json = JSON.createObjectNode();
        describe(replicator, json);
        return json;
    }

    /** By table, the state of its members by region. */
    public ObjectNode members() {
        ObjectNode tables = JSON.createObjectNode();
        control.tables().values().forEach(table -> {
            ObjectNode members = tables.withObjectProperty(table.name());
            table.members()
                    .forEach((region, member) ->
                            members.put(region.value(), member.state().name()));
        });
        return tables;
    }

    public String json() {
        ObjectNode status = JSON.createObjectNode();
        status.put("region", control.region().value());
        ObjectNode remote = status.putObject("remote");
        control.replicators()
                .forEach(replicator -> describe(
                        replicator, remote.putObject(replicator.origin().value())));
        status.put("circuit", circuit(control.region()));
        store(status);
        ObjectNode out = status.putObject("publishers");
        publishers.forEach((lane, publisher) ->
                describe(publisher, out.putObject(lane.name().toLowerCase(java.util.Locale.ROOT))));
        status.set("tables", members());
        ObjectNode tombstones = status.putObject("tombstones");
        tombstones.put("collected", control.tombstones().collected());
        control.tables().values().forEach(table -> {
            TableDescriptor local = control.store().catalog().table(table.id());
            if (local != null) {
                TableStatistics counts = control.store().read(view -> view.statistics(local));
                ObjectNode here = tombstones
                        .withObjectProperty("tables")
                        .withObjectProperty(table.name())
                        .put("count", counts.tombstones())
                        .put("bytes", counts.tombstoneBytes());
                control.tombstones().heldBack(table.id()).ifPresent(why -> here.put("heldBack", why));
                alarms(table, status);
            }
        });
        return status.toPrettyString();
    }

    private void store(ObjectNode status) {
        status.putObject("store")
                .put("incarnation", control.store().history().incarnation().toString())
                .put("life", control.store().history().life().toString())
                .put("dataLosses", control.losses().count());
        String wrong = control.storeAlarm();
        if (wrong != null) {
            status.withArrayProperty("alarms").addObject().put("kind", "REJOIN").put("reason", wrong);
        }
        control.setAsides()
                .alarms()
                .forEach((at, alarm) -> status.withArrayProperty("alarms")
                        .addObject()
                        .put("kind", "JUNK")
                        .put("topic", at.topic())
                        .put("partition", at.partition())
                        .put("offset", alarm.offset())
                        .put("reason", alarm.reason()));
    }

    private static void alarms(GlobalTable table, ObjectNode status) {
        table.members().forEach((region, member) -> {
            if (member.state() == Member.State.EVICTED) {
                status.withArrayProperty("alarms")
                        .addObject()
                        .put("kind", "EVICTED")
                        .put("table", table.name())
                        .put("region", region.value())
                        .put("reason", EVICTED);
            } else if (member.state() == Member.State.CREATING) {
                status.withObjectProperty("loading")
                        .withObjectProperty(table.name())
                        .put(region.value(), member.percent());
            }
        });
        table.excludedIndexes()
                .forEach((index, why) -> status.withArrayProperty("alarms")
                        .addObject()
                        .put("kind", "INDEX_EXCLUDED")
                        .put("table", table.name())
                        .put("index", index)
                        .put("reason", why));
    }

    /** Ahead is positive. The truth is within the uncertainty, which only a heartbeat in each direction tells. */
    private static void clock(Replicator replicator, ObjectNode json) {
        OptionalLong least = replicator.skew().leastAheadMillis();
        OptionalLong greatest = replicator.skew().greatestAheadMillis();
        if (least.isEmpty()) {
            return;
        }
        ObjectNode clock = json.putObject("clock");
        if (greatest.isPresent()) {
            clock.put("aheadMillis", (least.getAsLong() + greatest.getAsLong()) / 2)
                    .put("uncertaintyMillis", Math.max(0, greatest.getAsLong() - least.getAsLong() + 1) / 2);
        } else {
            clock.put("aheadMillis", least.getAsLong()).putNull("uncertaintyMillis");
        }
        if (replicator.skew().isBeyond(Replicator.CLOCK_BOUND_MILLIS)) {
            json.withArrayProperty("alarms")
                    .addObject()
                    .put("kind", "CLOCK_SKEW")
                    .put("reason", "the two clocks are more than " + Replicator.CLOCK_BOUND_MILLIS + " ms apart");
        }
    }

    private static void describe(Publisher publisher, ObjectNode json) {
        json.put("state", publisher.state().name())
                .put("backlog", publisher.backlog())
                .put("publishedThrough", publisher.publishedThrough().value());
        publisher
                .alarms()
                .forEach((at, reason) -> json.withArrayProperty("alarms")
                        .addObject()
                        .put("kind", "STOPPED")
                        .put("topic", at.topic())
                        .put("partition", at.partition())
                        .put("reason", reason));
    }

    private void describe(Replicator replicator, ObjectNode json) {
        long through = replicator.appliedThrough().millis();
        json.put("state", state(replicator))
                .put("circuit", circuit(replicator.origin()))
                .put("silentMillis", replicator.silentMillis());
        if (through == 0) {
            json.putNull("lagMillis").putNull("appliedThrough");
        } else {
            json.put("lagMillis", Math.max(0, clock.millis() - through))
                    .put("appliedThrough", Instant.ofEpochMilli(through).toString());
        }
        json.put(
                "appliedThroughVersion",
                Long.toHexString(replicator.appliedThrough().bits()));
        AppliedExcept except = replicator.appliedExcept();
        if (!except.standing().isEmpty()) {
            json.put(
                    "othersAppliedThroughVersion",
                    Long.toHexString(except.through().bits()));
            control.standing(except).forEach(json.putObject("standing")::put);
        }
        if (replicator.lastLagMillis() >= 0) {
            json.put("lastRecordLagMillis", replicator.lastLagMillis());
        }
        json.put("pending", control.pending(replicator))
                .put("applied", replicator.applied())
                .put("conflicts", replicator.conflicts())
                .put("setAside", replicator.setAside());
        clock(replicator, json);
        ObjectNode positions = json.putObject("positions");
        replicator.positions().forEach((at, next) -> positions.put(at.toString(), next));
        if (replicator.isBehind()) {
            json.withArrayProperty("alarms").addObject().put("kind", "PUT_BACK").put("reason", putBack(replicator));
        }
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

    private static String putBack(Replicator replicator) {
        return "the store of " + replicator.origin() + " lacks what was seen of it here: its folder was replaced by an"
                + " earlier copy, or another process runs on a copy of it; nothing of it is followed until it has rejoined";
    }

    /** Whether calls to a region's Kafka are made: CLOSED if they are, OPEN if not, HALF_OPEN while one tries. */
    private String circuit(RegionId region) {
        CallPolicy policy = control.policies().get(region);
        return policy == null ? "CLOSED" : policy.circuit();
    }

    /** PAUSED and CUT are what somebody wanted; BUS_AWAY, STOPPED and WAITING_FOR_CLOCK are not. */
    public String state(Replicator replicator) {
        CallPolicy policy = control.policies().get(replicator.origin());
        if (policy != null && policy.isCut()) {
            return "CUT";
        }
        if (replicator.isPaused()) {
            return "PAUSED";
        }
        for (Alarm alarm : replicator.alarms()) {
            switch (alarm.kind()) {
                case UNREADABLE, OTHER_LOG, LOST -> {
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
