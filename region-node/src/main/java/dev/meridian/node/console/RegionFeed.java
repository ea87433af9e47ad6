package dev.meridian.node.console;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How one region is: looked at every second, and at once when the state of a link changes. Links that end in other
 * regions are told by those regions' heartbeats.
 */
public final class RegionFeed implements Duty {
    private static final long SAMPLE_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 100;

    /** Heartbeats come every 200 ms: this long without one, and nothing can be said of the link. */
    private static final long SILENT_MILLIS = 1_500;

    /** In one snapshot; more are there, and counted. */
    private static final int TABLES_MAX = 200;

    private static final double MILLIS = 1_000;
    private static final double HUNDREDTHS = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegionId region;
    private final ControlPlane control;
    private final ReplicationStatus status;
    private final LmdbStore store;
    private final Map<Lane, Publisher> publishers;
    private final RequestWindow requests;
    private final boolean mayCut;
    private final InstantSource clock;
    private final InstantSource steady;

    private final SortedMap<String, Series> history = new TreeMap<>();
    private final Map<RegionId, Long> appliedBefore = new TreeMap<>();
    private final AtomicReference<Snapshot> latest;
    private long sampleAtMillis;
    private long lookAtMillis;
    private long sampledMillis;
    private String states = "";
    private ObjectNode sampled = JSON.createObjectNode();

    /** @param number grows with each */
    record Snapshot(long number, ObjectNode json) {}

    /**
     * Makes a feed, to be turned.
     *
     * @param mayCut whether the region can be told to cut links
     * @param clock for what people read
     * @param steady for pauses
     */
    public RegionFeed(
            RegionId region,
            ControlPlane control,
            ReplicationStatus status,
            LmdbStore store,
            Map<Lane, Publisher> publishers,
            RequestWindow requests,
            boolean mayCut,
            InstantSource clock,
            InstantSource steady) {
        this.region = region;
        this.control = control;
        this.status = status;
        this.store = store;
        this.publishers = new EnumMap<>(publishers);
        this.requests = requests;
        this.mayCut = mayCut;
        this.clock = clock;
        this.steady = steady;
        this.sampledMillis = steady.millis();
        this.latest =
                new AtomicReference<>(new Snapshot(0, JSON.createObjectNode().put("region", region.value())));
    }

    RegionId region() {
        return region;
    }

    Snapshot latest() {
        return Objects.requireNonNull(latest.get());
    }

    /** Each series by its name, up to now. */
    ObjectNode history() {
        ObjectNode json = JSON.createObjectNode();
        synchronized (history) {
            history.forEach((name, series) -> series.writeTo(json.putArray(name)));
        }
        return json;
    }

    @Override
    public int turn() {
        long now = steady.millis();
        if (now < lookAtMillis) {
            return 0;
        }
        lookAtMillis = now + LOOK_MILLIS;
        boolean due = now >= sampleAtMillis;
        String before = states;
        states = states();
        if (due) {
            sampleAtMillis = Math.max(sampleAtMillis + SAMPLE_MILLIS, now);
            sampled = sample(now);
        }
        if (due || !states.equals(before)) {
            ObjectNode json = sampled.deepCopy();
            json.put("atMillis", clock.millis());
            links(json.putArray("links"));
            if (due) {
                remember(json);
            }
            json.put("sample", due);
            latest.set(new Snapshot(latest().number() + 1, json));
        }
        return 1;
    }

    private String states() {
        StringBuilder text = new StringBuilder();
        control.replicators()
                .forEach(replicator -> text.append(state(replicator))
                        .append(' ')
                        .append(replicator.alarms().size())
                        .append(' '));
        return text.toString();
    }

    /** As the status page says it, and SILENT for what seems to be well and is not heard. */
    private String state(Replicator replicator) {
        String state = status.state(replicator);
        return state.equals("RUNNING") && replicator.silentMillis() > SILENT_MILLIS ? "SILENT" : state;
    }

    private ObjectNode sample(long now) {
        double seconds = Math.max(1, now - sampledMillis) / MILLIS;
        sampledMillis = now;
        ObjectNode json = JSON.createObjectNode().put("region", region.value()).put("mayCut", mayCut);
        requests(json.putObject("requests"), seconds);
        ObjectNode backlog = json.putObject("publisherBacklog");
        publishers.forEach(
                (lane, publisher) -> backlog.put(lane.name().toLowerCase(java.util.Locale.ROOT), publisher.backlog()));
        json.put("storeBytes", store.usedBytes());
        json.put("sequence", store.changes().last().value());
        json.put("conflictId", store.conflicts().last());
        status.addTo(json.putObject("health"));
        ObjectNode applied = json.putObject("appliedPerSecond");
        control.replicators().forEach(replicator -> {
            long count = replicator.applied();
            long before = appliedBefore.getOrDefault(replicator.origin(), count);
            appliedBefore.put(replicator.origin(), count);
            applied.put(replicator.origin().value(), rounded(Math.max(0, count - before) / seconds));
        });
        tables(json);
        return json;
    }

    private void requests(ObjectNode json, double seconds) {
        RequestWindow.Seen seen = requests.take();
        json.put("perSecond", rounded((seen.succeeded() + seen.errors()) / seconds));
        json.put("errorsPerSecond", rounded(seen.errors() / seconds));
        ObjectNode failed = json.putObject("failed");
        seen.failed().forEach((kind, count) -> failed.put(kind, rounded(count / seconds)));
        if (seen.succeeded() > 0) {
            json.put("p50Millis", seen.p50Millis()).put("p99Millis", seen.p99Millis());
        }
    }

    private static double rounded(double rate) {
        return Math.round(rate * HUNDREDTHS) / HUNDREDTHS;
    }

    private void tables(ObjectNode json) {
        ObjectNode members = status.members();
        ArrayNode tables = json.putArray("tables");
        store.read(view -> {
            SortedMap<String, TableDescriptor> all = new TreeMap<>();
            view.catalog().tables().values().forEach(table -> all.put(table.name(), table));
            json.put("tablesTotal", all.size());
            all.values().stream().limit(TABLES_MAX).forEach(table -> {
                TableStatistics counts = view.statistics(table);
                ObjectNode one = tables.addObject()
                        .put("name", table.name())
                        .put("id", table.id().toString())
                        .put("status", table.status().name())
                        .put("items", counts.items())
                        .put("bytes", counts.itemBytes())
                        .put("tombstones", counts.tombstones());
                if (members.has(table.name())) {
                    one.set("members", members.get(table.name()));
                }
            });
            return true;
        });
    }

    private void links(ArrayNode json) {
        for (Replicator replicator : control.replicators()) {
            ObjectNode link = status.remote(replicator);
            link.remove("positions");
            link.put("from", replicator.origin().value())
                    .put("to", region.value())
                    .put("state", state(replicator));
            if (replicator.silentMillis() > SILENT_MILLIS) {
                // What has been published there meanwhile is not known here.
                link.putNull("pending");
            }
            link.set(
                    "appliedPerSecond",
                    sampled.path("appliedPerSecond").path(replicator.origin().value()));
            json.add(link);
            said(replicator, json);
        }
    }

    /** What the replicator's region says of its own links. */
    private void said(Replicator replicator, ArrayNode json) {
        Heartbeat heartbeat = replicator.lastHeartbeat();
        if (heartbeat == null) {
            return;
        }
        RegionId to = replicator.origin();
        heartbeat.applied().entries().forEach((from, through) -> {
            ObjectNode link = json.addObject()
                    .put("from", from.value())
                    .put("to", to.value())
                    .put("said", true)
                    .put("state", replicator.silentMillis() > SILENT_MILLIS ? "UNKNOWN" : "SAID")
                    .put("silentMillis", replicator.silentMillis());
            if (!through.equals(HybridTimestamp.ZERO)) {
                link.put("lagMillis", Math.max(0, heartbeat.mark().millis() - through.millis()));
            }
        });
    }

    private void remember(ObjectNode json) {
        synchronized (history) {
            add("at", json.path("atMillis").asDouble());
            add("requests", json.path("requests").path("perSecond").asDouble());
            add("errors", json.path("requests").path("errorsPerSecond").asDouble());
            add("p50", json.path("requests").path("p50Millis").asDouble(Double.NaN));
            add("p99", json.path("requests").path("p99Millis").asDouble(Double.NaN));
            json.path("links").forEach(link -> {
                String pair = link.path("from").asText() + ">" + link.path("to").asText();
                add("lag " + pair, link.path("lagMillis").asDouble(Double.NaN));
                if (!link.has("said")) {
                    add("pending " + pair, link.path("pending").asDouble(Double.NaN));
                }
            });
        }
    }

    private void add(String name, double value) {
        history.computeIfAbsent(name, unused -> new Series()).add(value);
    }
}
