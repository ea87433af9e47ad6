package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.DynamoClient;
import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.load.TableSetup;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TableSpec;
import dev.meridian.simulator.scenario.WorkloadSpec;
import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.Load;
import dev.meridian.simulator.workload.StalenessCounter;
import dev.meridian.simulator.workload.TableShape;
import dev.meridian.simulator.workload.Workload;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The tables of a drill: made, filled, and given and taken replicas. Blocks; not for event loops. */
final class DrillTables implements FaultInjector.TableChanges {
    /** How the replicas of one table differ, which they should not. @param differences by setting, what each region has */
    record Drift(String table, SortedMap<String, SortedMap<String, String>> differences) {}

    /** What each region counts, names, dates or goes through for itself. */
    private static final List<String> REGIONAL = List.of(
            "CreationDateTime",
            "ItemCount",
            "TableSizeBytes",
            "TableArn",
            "IndexArn",
            "IndexSizeBytes",
            "Replicas",
            "LatestStreamArn",
            "LatestStreamLabel",
            "TableStatus",
            "IndexStatus",
            "TableId",
            "LastUpdateToPayPerRequestDateTime",
            "LastDecreaseDateTime",
            "LastIncreaseDateTime",
            "NumberOfDecreasesToday");

    private final Scenario scenario;
    private final DrillCluster cluster;
    private final Context context;
    private final TableSetup setup;

    DrillTables(Scenario scenario, DrillCluster cluster, Vertx vertx, Context context, DynamoClient client) {
        this.scenario = scenario;
        this.cluster = cluster;
        this.context = context;
        this.setup = new TableSetup(vertx, context, client);
    }

    private <T> T await(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(unused -> work.get().onComplete(done));
        try {
            return done.future().toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof TableSetup.SetupFailedException expected) {
                throw new DrillFailedException(String.valueOf(expected.getMessage()), expected);
            }
            throw failed;
        }
    }

    private Endpoint at(RegionId region) {
        return cluster.endpoint(region, region);
    }

    private static byte[] json(JsonObject object) {
        return object.encode().getBytes(StandardCharsets.UTF_8);
    }

    /** All tables with their replicas, and what is in them before the load begins. */
    void make(long seed) {
        for (WorkloadSpec spec : scenario.workloads()) {
            make(Workload.of(spec).table(), scenario.table(spec.table()).replicas());
        }
        make(StalenessCounter.SHAPE, scenario.regions());
        List<Iterator<ItemRequest>> contents = Load.preload(scenario, seed);
        for (int i = 0; i < contents.size(); i++) {
            Iterator<ItemRequest> content = contents.get(i);
            TableSpec table = scenario.table(scenario.workloads().get(i).table());
            await(() -> setup.fill(at(table.replicas().get(0)), content));
        }
    }

    private void make(TableShape shape, List<RegionId> replicas) {
        Endpoint first = at(replicas.get(0));
        await(() -> setup.create(first, shape));
        JsonArray updates = new JsonArray();
        replicas.stream().skip(1).forEach(region -> updates.add(update("Create", region)));
        if (!updates.isEmpty()) {
            JsonObject request = new JsonObject().put("TableName", shape.name()).put("ReplicaUpdates", updates);
            await(() -> setup.ask(first, "UpdateTable", json(request)));
            await(() -> setup.awaitTable(first, shape.name(), DrillTables::allActive));
        }
    }

    private static JsonObject update(String what, RegionId region) {
        return new JsonObject().put(what, new JsonObject().put("RegionName", region.value()));
    }

    private static boolean allActive(JsonObject table) {
        return TableSetup.isActive(table)
                && table.getJsonArray("Replicas", new JsonArray()).stream()
                        .allMatch(replica -> ((JsonObject) replica)
                                .getString("ReplicaStatus", "")
                                .equals("ACTIVE"));
    }

    @Override
    public void addReplica(String table, RegionId region) {
        change(table, "Create", region);
    }

    @Override
    public void removeReplica(String table, RegionId region) {
        change(table, "Delete", region);
    }

    /** Asked of a region that has the table and is another. */
    private void change(String table, String what, RegionId region) {
        RegionId asked = scenario.table(table).replicas().stream()
                .filter(other -> !other.equals(region))
                .findFirst()
                .orElseThrow(() -> new DrillFailedException("no other region has " + table));
        JsonObject request = new JsonObject()
                .put("TableName", table)
                .put("ReplicaUpdates", new JsonArray().add(update(what, region)));
        await(() -> setup.ask(at(asked), "UpdateTable", json(request)));
    }

    /** Compares what the regions that have a table say of it. */
    Drift drift(String table) {
        SortedMap<String, SortedMap<String, String>> settings = new TreeMap<>();
        List<String> regions = new ArrayList<>();
        JsonObject name = new JsonObject().put("TableName", table);
        for (RegionId region : scenario.regions()) {
            SortedMap<String, Object> said = new TreeMap<>();
            try {
                await(() -> setup.ask(at(region), "DescribeTable", json(name)))
                        .getJsonObject("Table")
                        .getMap()
                        .forEach(said::put);
                await(() -> setup.ask(at(region), "DescribeTimeToLive", json(name)))
                        .getJsonObject("TimeToLiveDescription")
                        .getMap()
                        .forEach(said::put);
            } catch (DrillFailedException none) {
                continue;
            }
            regions.add(region.value());
            said.forEach((setting, value) -> {
                if (!REGIONAL.contains(setting)) {
                    settings.computeIfAbsent(setting, unused -> new TreeMap<>()).put(region.value(), canonical(value));
                }
            });
        }
        settings.values()
                .removeIf(by -> by.size() == regions.size()
                        && by.values().stream().distinct().count() == 1);
        return new Drift(table, settings);
    }

    /** Without what is regional, members and elements in one order. */
    private static String canonical(Object value) {
        if (value instanceof JsonObject object) {
            return canonical(object.getMap());
        }
        if (value instanceof JsonArray array) {
            return canonical(array.getList());
        }
        if (value instanceof Map<?, ?> members) {
            SortedMap<String, String> sorted = new TreeMap<>();
            members.forEach((member, held) -> {
                if (!REGIONAL.contains(String.valueOf(member))) {
                    sorted.put(String.valueOf(member), canonical(held));
                }
            });
            return sorted.toString();
        }
        if (value instanceof List<?> elements) {
            return elements.stream()
                    .map(DrillTables::canonical)
                    .sorted()
                    .toList()
                    .toString();
        }
        return String.valueOf(value);
    }
}
