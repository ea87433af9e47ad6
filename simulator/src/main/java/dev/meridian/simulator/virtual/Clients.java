package dev.meridian.simulator.virtual;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.Reply;
import dev.meridian.simulator.scenario.ClientPolicy;
import dev.meridian.simulator.scenario.ClientRoute;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.PlannedOperation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** All clients: they send what is planned to where their policy says, and take note of what becomes of it. */
final class Clients {
    private static final int SERVER_ERROR = 500;
    private static final long MICROS_MAX = 3_600_000_000L;
    private static final int DIGITS = 3;

    private final EventQueue queue;
    private final Map<RegionId, VirtualRegion> regions;
    private final ClientPolicy policy;
    private final Answers answers;
    private final SortedMap<RegionId, ClientRoute> routes = new TreeMap<>();
    private final SortedMap<RegionId, Set<Sent>> waiting = new TreeMap<>();
    private final List<Failover> failovers = new ArrayList<>();
    private final Histogram latencyMicros = new Histogram(MICROS_MAX, DIGITS);
    private long sent;
    private long failed;

    /** Who hears of what was answered. */
    interface Answers {
        /** @param failure null if it was done; else what the client was told */
        void answered(PlannedOperation operation, ItemRequest request, RegionId region, @Nullable ApiException failure);

        /** No answer, or one that says that the region cannot. */
        void failed(PlannedOperation operation, RegionId region, String why);

        /** A request failed in a way that none may. */
        void bug(AssertionError thrown);

        /** The clients of a region go to another. */
        void routed(RegionId home, RegionId to);
    }

    /** A request on its way. */
    private static final class Sent {
        final PlannedOperation operation;
        final int step;
        final long sentMicros;

        Sent(PlannedOperation operation, int step, long sentMicros) {
            this.operation = operation;
            this.step = step;
            this.sentMicros = sentMicros;
        }
    }

    /** How the clients of a region came over its failure; microseconds of virtual time, -1 for never. */
    static final class Failover {
        final RegionId home;
        final RegionId failedRegion;
        final long failedMicros;
        long detectedMicros = -1;
        long decidedMicros = -1;
        long firstSuccessMicros = -1;

        Failover(RegionId home, RegionId failedRegion, long failedMicros) {
            this.home = home;
            this.failedRegion = failedRegion;
            this.failedMicros = failedMicros;
        }
    }

    Clients(Scenario scenario, EventQueue queue, Map<RegionId, VirtualRegion> regions, Answers answers) {
        this.queue = queue;
        this.regions = regions;
        this.policy = scenario.clients();
        this.answers = answers;
        for (RegionId region : scenario.regions()) {
            routes.put(region, new ClientRoute(scenario.clients(), region));
            waiting.put(region, new LinkedHashSet<>());
        }
    }

    void send(PlannedOperation operation) {
        sent++;
        ClientRoute route = route(operation.home());
        RegionId home = route.probe(queue.nowMicros());
        if (home != null && region(home).isAlive()) {
            route.homeAnswered();
            answers.routed(home, home);
        }
        step(operation, 0);
    }

    private void step(PlannedOperation operation, int number) {
        RegionId target = route(operation.home()).current();
        VirtualRegion region = region(target);
        if (!region.isAlive()) {
            failed(operation, target, "connection refused");
            return;
        }
        Sent request = new Sent(operation, number, queue.nowMicros());
        Set<Sent> here = waiting(target);
        here.add(request);
        ItemRequest item = operation.steps().get(number);
        region.process()
                .operations()
                .execute(item.operation(), item.body())
                .whenComplete((reply, failure) -> answered(request, target, reply, failure));
    }

    private void answered(Sent request, RegionId target, @Nullable Reply reply, @Nullable Throwable failure) {
        if (!waiting(target).remove(request)) {
            // The region was killed, or the client has given up.
            return;
        }
        long tookMicros = queue.nowMicros() - request.sentMicros;
        PlannedOperation operation = request.operation;
        ApiException refusal = failure == null ? null : refusal(failure);
        if (failure != null && refusal == null) {
            answers.bug(new AssertionError(operation.id() + " failed with a bug: " + failure, failure));
            return;
        }
        if (tookMicros > policy.timeout().toNanos() / 1000) {
            failed(operation, target, "timed out");
            return;
        }
        if (refusal != null && refusal.code().httpStatus() >= SERVER_ERROR) {
            failed(operation, target, refusal.code().wireType());
            return;
        }
        latencyMicros.recordValue(tookMicros);
        route(operation.home()).succeeded(target);
        noteSuccess(operation.home());
        answers.answered(operation, operation.steps().get(request.step), target, refusal);
        if (refusal == null && request.step + 1 < operation.steps().size()) {
            step(operation, request.step + 1);
        }
    }

    /** Null for what is a bug. */
    private static @Nullable ApiException refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ApiException refused ? refused : null;
    }

    private void failed(PlannedOperation operation, RegionId target, String why) {
        failed++;
        answers.failed(operation, target, why);
        long now = queue.nowMicros();
        failovers.stream()
                .filter(failover -> failover.home.equals(operation.home()) && failover.failedRegion.equals(target))
                .filter(failover -> failover.detectedMicros < 0)
                .forEach(failover -> failover.detectedMicros = now);
        route(operation.home()).failed(target, now).ifPresent(next -> {
            failovers.stream()
                    .filter(failover -> failover.home.equals(operation.home()) && failover.decidedMicros < 0)
                    .forEach(failover -> failover.decidedMicros = now);
            answers.routed(operation.home(), next);
        });
    }

    private void noteSuccess(RegionId home) {
        for (Failover failover : failovers) {
            if (failover.home.equals(home) && failover.firstSuccessMicros < 0) {
                failover.firstSuccessMicros = queue.nowMicros();
            }
        }
    }

    /** A region's process has ended: nobody who waits for it gets an answer. */
    void ended(RegionId region) {
        routes.forEach((home, route) -> {
            if (route.current().equals(region)) {
                failovers.add(new Failover(home, region, queue.nowMicros()));
            }
        });
        Set<Sent> lost = new LinkedHashSet<>(waiting(region));
        waiting(region).clear();
        lost.forEach(request -> failed(request.operation, region, "connection reset"));
    }

    long sent() {
        return sent;
    }

    long failed() {
        return failed;
    }

    Histogram latencyMicros() {
        return latencyMicros;
    }

    List<Failover> failovers() {
        return Collections.unmodifiableList(failovers);
    }

    private ClientRoute route(RegionId home) {
        return java.util.Objects.requireNonNull(routes.get(home));
    }

    private Set<Sent> waiting(RegionId region) {
        return java.util.Objects.requireNonNull(waiting.get(region));
    }

    private VirtualRegion region(RegionId id) {
        return java.util.Objects.requireNonNull(regions.get(id));
    }
}
