package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.Caller;
import dev.meridian.simulator.load.DynamoClient;
import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.load.OpenLoop;
import dev.meridian.simulator.load.RequestRecord;
import dev.meridian.simulator.scenario.ClientPolicy;
import dev.meridian.simulator.scenario.ClientRoute;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.workload.Load;
import dev.meridian.simulator.workload.PlannedOperation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The clients of all regions under a scenario's load, each going where its policy sends it. All that they do is on one
 * event loop; what they did may be asked for from any thread.
 */
final class DrillClients {
    private static final byte[] PROBE = "{\"Limit\":1}".getBytes(StandardCharsets.UTF_8);

    private final Scenario scenario;
    private final DrillCluster cluster;
    private final Context context;
    private final DynamoClient client;
    private final DrillClock clock;
    private final Caller caller;
    private final SortedMap<RegionId, ClientRoute> routes = new TreeMap<>();
    private final SortedMap<RegionId, Boolean> failing = new TreeMap<>();
    private final List<ClientRequest> requests = new ArrayList<>();
    private final List<ClientEvent> events = new ArrayList<>();
    private final Consumer<ClientEvent> onEvent;

    DrillClients(
            Scenario scenario,
            DrillCluster cluster,
            Context context,
            DynamoClient client,
            DrillClock clock,
            Consumer<ClientEvent> onEvent) {
        this.scenario = scenario;
        this.cluster = cluster;
        this.context = context;
        this.client = client;
        this.clock = clock;
        this.onEvent = onEvent;
        ClientPolicy policy = scenario.clients();
        this.caller = new Caller(client, policy.timeout().toMillis(), clock::micros, this::answered);
        scenario.regions().forEach(region -> routes.put(region, new ClientRoute(policy, region)));
    }

    /** The whole load. Interrupted by {@link OpenLoop#stop}. */
    OpenLoop load(long seed) {
        return new OpenLoop(context, new Load(scenario, seed), clock::micros, this::begin);
    }

    private ClientRoute route(RegionId home) {
        ClientRoute route = routes.get(home);
        if (route == null) {
            throw new IllegalArgumentException("no clients in " + home);
        }
        return route;
    }

    private Future<Void> begin(PlannedOperation operation) {
        RegionId home = operation.home();
        askHome(home);
        return caller.call(operation, () -> cluster.endpoint(home, route(home).current()));
    }

    /** Clients that are away look now and then whether home answers. */
    private void askHome(RegionId home) {
        ClientRoute route = route(home);
        RegionId probed = route.probe(clock.micros());
        if (probed == null) {
            return;
        }
        Endpoint endpoint = cluster.endpoint(home, probed);
        client.send(endpoint, "ListTables", PROBE, scenario.clients().timeout().toMillis())
                .onSuccess(reply -> {
                    if (reply.outcome().isAnswered() && route.isAway()) {
                        route.homeAnswered();
                        happened(ClientEvent.Kind.RETURNED, home, home);
                    }
                });
    }

    private void answered(RequestRecord request) {
        RegionId home = request.operation().home();
        RegionId target = new RegionId(request.to().region());
        synchronized (this) {
            requests.add(new ClientRequest(
                    home,
                    target,
                    request.operation().id(),
                    request.request().operation(),
                    request.request().writes(),
                    request.due(),
                    request.sent(),
                    request.done(),
                    request.reply().outcome()));
        }
        ClientRoute route = route(home);
        if (request.reply().outcome().isAnswered()) {
            if (target.equals(route.current())) {
                failing.put(home, false);
            }
            route.succeeded(target);
        } else {
            if (target.equals(route.current()) && !failing.getOrDefault(home, false)) {
                failing.put(home, true);
                happened(ClientEvent.Kind.FAILED, home, target);
            }
            route.failed(target, clock.micros()).ifPresent(next -> {
                failing.put(home, false);
                happened(ClientEvent.Kind.DECIDED, home, next);
            });
        }
    }

    private void happened(ClientEvent.Kind kind, RegionId home, RegionId region) {
        ClientEvent event = new ClientEvent(kind, home, region, clock.micros());
        synchronized (this) {
            events.add(event);
        }
        onEvent.accept(event);
    }

    synchronized List<ClientRequest> requests() {
        return List.copyOf(requests);
    }

    /** Those from an index on. */
    synchronized List<ClientRequest> requestsFrom(int index) {
        return List.copyOf(requests.subList(index, requests.size()));
    }

    synchronized List<ClientEvent> events() {
        return List.copyOf(events);
    }
}
