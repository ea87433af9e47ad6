package dev.meridian.simulator.drill;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.simulator.load.DynamoClient;
import dev.meridian.simulator.load.Outcome;
import dev.meridian.simulator.load.Reply;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.workload.TableShape;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How old what clients read is: each region counts up in an item of its own several times a second, and in each other
 * region that item is read as often. A read is as stale as the oldest acknowledged count that it does not show, and fresh if
 * it shows all that was acknowledged when it was sent. On one event loop.
 */
final class StalenessProbe {
    static final String TABLE = "drill-staleness";
    static final TableShape SHAPE =
            new TableShape(TABLE, new KeySchema(new KeyAttribute("pk", ScalarType.S), null), null, null);

    private static final long PERIOD_MILLIS = 200;
    private static final long TIMEOUT_MILLIS = 2_000;

    private final DrillCluster cluster;
    private final Vertx vertx;
    private final DynamoClient client;
    private final DrillClock clock;
    private final SortedMap<RegionId, Long> counted = new TreeMap<>();
    private final SortedMap<RegionId, NavigableMap<Long, Long>> acknowledged = new TreeMap<>();
    private final Set<RegionId> counting = new HashSet<>();
    private final List<Read> reads = new ArrayList<>();
    private volatile boolean stopped;

    /** One read. @param staleMicros 0 if it was fresh */
    record Read(RegionPair pair, long sentMicros, long staleMicros) {}

    StalenessProbe(DrillCluster cluster, Vertx vertx, DynamoClient client, DrillClock clock) {
        this.cluster = cluster;
        this.vertx = vertx;
        this.client = client;
        this.clock = clock;
        cluster.regions().forEach(region -> acknowledged.put(region, new TreeMap<>()));
    }

    void start(Context context) {
        context.runOnContext(unused -> vertx.setPeriodic(PERIOD_MILLIS, timer -> {
            if (stopped) {
                vertx.cancelTimer(timer);
            } else {
                cluster.regions().forEach(this::count);
                cluster.regions().forEach(this::readAll);
            }
        }));
    }

    void stop() {
        stopped = true;
    }

    private static byte[] json(JsonObject object) {
        return object.encode().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject key(RegionId region) {
        return new JsonObject().put("pk", new JsonObject().put("S", region.value()));
    }

    private void count(RegionId region) {
        if (!counting.add(region)) {
            return;
        }
        long next = counted.merge(region, 1L, Long::sum);
        JsonObject item = key(region).put("n", new JsonObject().put("N", String.valueOf(next)));
        byte[] put = json(new JsonObject().put("TableName", TABLE).put("Item", item));
        client.send(cluster.endpoint(region, region), "PutItem", put, TIMEOUT_MILLIS)
                .onSuccess(reply -> {
                    counting.remove(region);
                    if (reply.outcome() == Outcome.OK) {
                        acknowledgedOf(region).put(next, clock.micros());
                    }
                });
    }

    private NavigableMap<Long, Long> acknowledgedOf(RegionId region) {
        return acknowledged.computeIfAbsent(region, unused -> new TreeMap<>());
    }

    private void readAll(RegionId from) {
        byte[] get = json(new JsonObject().put("TableName", TABLE).put("Key", key(from)));
        for (RegionId to : cluster.regions()) {
            if (!to.equals(from)) {
                long sent = clock.micros();
                client.send(cluster.endpoint(to, to), "GetItem", get, TIMEOUT_MILLIS)
                        .onSuccess(reply -> took(new RegionPair(from, to), sent, reply));
            }
        }
    }

    private void took(RegionPair pair, long sent, Reply reply) {
        if (reply.outcome() != Outcome.OK) {
            return;
        }
        JsonObject item = new JsonObject(reply.body()).getJsonObject("Item");
        long shown = item == null ? 0 : Long.parseLong(item.getJsonObject("n").getString("N"));
        long oldest = acknowledgedOf(pair.from()).tailMap(shown, false).values().stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(Long.MAX_VALUE);
        synchronized (this) {
            reads.add(new Read(pair, sent, Math.max(0, sent - oldest)));
        }
    }

    synchronized List<Read> reads() {
        return List.copyOf(reads);
    }
}
