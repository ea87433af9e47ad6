package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.DynamoClient;
import dev.meridian.simulator.load.Outcome;
import dev.meridian.simulator.load.Reply;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.StalenessCounter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
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
        context.runOnContext(unused -> vertx.setPeriodic(StalenessCounter.PERIOD.toMillis(), timer -> {
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

    private void count(RegionId region) {
        if (!counting.add(region)) {
            return;
        }
        long next = counted.merge(region, 1L, Long::sum);
        send(region, StalenessCounter.write(region, next)).onSuccess(reply -> {
            counting.remove(region);
            if (reply.outcome() == Outcome.OK) {
                acknowledgedOf(region).put(next, clock.micros());
            }
        });
    }

    private Future<Reply> send(RegionId to, ItemRequest request) {
        return client.send(cluster.endpoint(to, to), request.operation(), request.body(), TIMEOUT_MILLIS);
    }

    private NavigableMap<Long, Long> acknowledgedOf(RegionId region) {
        return acknowledged.computeIfAbsent(region, unused -> new TreeMap<>());
    }

    private void readAll(RegionId from) {
        ItemRequest get = StalenessCounter.read(from);
        for (RegionId to : cluster.regions()) {
            if (!to.equals(from)) {
                long sent = clock.micros();
                send(to, get).onSuccess(reply -> took(new RegionPair(from, to), sent, reply));
            }
        }
    }

    private void took(RegionPair pair, long sent, Reply reply) {
        if (reply.outcome() != Outcome.OK) {
            return;
        }
        JsonObject item = new JsonObject(reply.body()).getJsonObject("Item");
        long shown = item == null
                ? 0
                : Long.parseLong(item.getJsonObject(StalenessCounter.COUNT).getString("N"));
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
