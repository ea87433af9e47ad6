package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.DynamoClient;
import dev.meridian.simulator.load.OpenLoop;
import dev.meridian.simulator.load.Outcome;
import dev.meridian.simulator.load.Signature;
import dev.meridian.simulator.report.DrillReport;
import dev.meridian.simulator.report.Prediction;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TableSpec;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import dev.meridian.simulator.scenario.WorkloadSpec;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One scenario, played once on real regions. */
public final class Drill implements AutoCloseable {
    private static final int CONNECTIONS = 128;
    private static final Duration CONVERGENCE_MIN = Duration.ofSeconds(60);

    private static final String WARM_UP_NAME = "warm-up-";
    private static final long BLOCKED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Scenario scenario;
    private final long seed;
    private final PrintWriter out;
    private final InstantSource wall;
    private final Path folder;
    private final boolean keep;
    private final Duration warmUp;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setMaxEventLoopExecuteTime(BLOCKED_NANOS));
    private final DrillCluster cluster;
    private final DynamoClient client = new DynamoClient(vertx, CONNECTIONS, Signature.ANYBODY);
    private final Context context = vertx.getOrCreateContext();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final List<PairState> stateChanges = Collections.synchronizedList(new ArrayList<>());

    /**
     * A drill that is ready to run.
     *
     * @param folder where regions keep their data and logs
     * @param keep whether to leave that at the end
     * @param warmUp regions compile their code while they first run it; what is measured begins behind that
     */
    public Drill(
            Scenario scenario,
            long seed,
            Path folder,
            boolean keep,
            Duration warmUp,
            PrintWriter out,
            InstantSource wall)
            throws IOException {
        this.scenario = scenario;
        this.seed = seed;
        this.folder = folder;
        this.keep = keep;
        this.warmUp = warmUp;
        this.out = out;
        this.wall = wall;
        this.cluster = new DrillCluster(scenario, folder, vertx, seed);
    }

    /**
     * Plays it, and says how it went.
     *
     * @throws DrillFailedException if the regions or their tables cannot be made, or something ends that should not
     */
    public DrillReport run(String version, @Nullable Prediction prediction) throws IOException {
        say("starting " + scenario.regions().size() + " regions: " + names());
        cluster.start();
        DrillTables tables = new DrillTables(scenario, cluster, vertx, context, client);
        say("making and filling tables");
        tables.make(seed);
        warmUp();
        DrillClock clock = DrillClock.startingNow(wall);
        try (Timeline timeline = new Timeline(new FaultInjector(cluster, tables)::inject, clock);
                DrillProgress progress =
                        new DrillProgress(out, clock, scenario.duration().toNanos() / 1_000, scenario.regions())) {
            return new ReportBuilder(play(clock, timeline, progress, tables)).build(seed, version, prediction);
        }
    }

    private String names() {
        return String.join(
                ", ", scenario.regions().stream().map(RegionId::value).toList());
    }

    private void say(String what) {
        out.println(what);
        out.flush();
    }

    private List<String> tableNames() {
        return scenario.tables().stream().map(TableSpec::name).toList();
    }

    /** The same clients for a while, under other names, so that what they write is not taken for the load's. */
    private void warmUp() {
        say("warming up for " + warmUp.toSeconds() + " s");
        List<WorkloadSpec> specs = new ArrayList<>();
        for (WorkloadSpec spec : scenario.workloads()) {
            specs.add(new WorkloadSpec(
                    WARM_UP_NAME + spec.name(),
                    spec.kind(),
                    spec.table(),
                    spec.records(),
                    spec.keys(),
                    spec.itemBytes(),
                    spec.ratePerSecond(),
                    Duration.ZERO,
                    warmUp));
        }
        Scenario warm = new Scenario(
                scenario.name(),
                scenario.description(),
                warmUp,
                scenario.regions(),
                scenario.links(),
                scenario.tables(),
                specs,
                List.of(),
                scenario.clients(),
                scenario.objectives(),
                scenario.evictAfter(),
                scenario.partitions());
        DrillClock clock = DrillClock.startingNow(wall);
        join(new DrillClients(warm, cluster, context, client, clock, event -> {})
                .load(seed + 1)
                .run());
        Convergence drain = new Convergence(cluster, clock, CONVERGENCE_MIN);
        if (!drain.drain().values().stream().allMatch(Convergence.Certificate::drained)) {
            throw new DrillFailedException(
                    "the regions do not agree after " + CONVERGENCE_MIN.toSeconds() + " s, and nothing is broken yet");
        }
    }

    private static <T> void join(io.vertx.core.Future<T> future) {
        CompletableFuture<T> joined = future.toCompletionStage().toCompletableFuture();
        joined.join();
    }

    private DrillRecord play(DrillClock clock, Timeline timeline, DrillProgress progress, DrillTables tables) {
        DrillClients clients = new DrillClients(
                scenario,
                cluster,
                context,
                client,
                clock,
                event -> progress.say("   ", "clients of " + event.home() + " " + ClientEventText.of(event)));
        CutWatch cuts = new CutWatch(cluster, clock);
        timeline.listen(progress::injected);
        timeline.listen(cuts::injected);
        StalenessProbe probe = new StalenessProbe(cluster, vertx, client, clock);
        RegionWatch watch = new RegionWatch(cluster, clock, tableNames(), stateChanges::add);
        watch.start();
        probe.start(context);
        progress.start(clients, watch);
        timeline.play(scenario);
        OpenLoop load = clients.load(seed);
        join(load.run());
        awaitEnd(clock);
        progress.say("---", "the load has ended; mending what is broken");
        timeline.heal(scenario);
        probe.stop();
        long calm = clock.micros();
        progress.say("---", "waiting until all regions hold the same");
        Convergence.Result converged = new Convergence(cluster, clock, patience()).await(tableNames());
        // What was applied last is asked for before nobody asks any more.
        watch.close();
        progress.close();
        return new DrillRecord(
                scenario,
                clock,
                timeline.done(),
                clients.requests(),
                clients.events(),
                watch.applied(),
                List.copyOf(stateChanges),
                probe.reads(),
                cuts.cuts(),
                Conflicts.all(cluster.pages()),
                calm,
                converged,
                audit(clients.requests(), progress),
                tableNames().stream().map(tables::drift).toList());
    }

    /** Requests may end before the scenario does: its last seconds may be quiet. */
    private void awaitEnd(DrillClock clock) {
        long end = scenario.duration().toNanos() / 1_000;
        while (clock.micros() < end) {
            java.util.concurrent.locks.LockSupport.parkNanos((end - clock.micros()) * 1_000);
        }
    }

    private Duration patience() {
        Duration asked = scenario.objectives().convergence();
        Duration twice = asked == null ? Duration.ZERO : asked.multipliedBy(2);
        return twice.compareTo(CONVERGENCE_MIN) > 0 ? twice : CONVERGENCE_MIN;
    }

    private List<StreamAuditor.Result> audit(List<ClientRequest> requests, DrillProgress progress) {
        progress.say("---", "reading all streams");
        List<StreamAuditor.Result> results = new ArrayList<>();
        Set<RegionId> replaced = new HashSet<>();
        for (Step step : scenario.steps()) {
            RegionId region = step.fault().replaces();
            if (region != null) {
                replaced.add(region);
            }
        }
        for (RegionId region : scenario.regions()) {
            if (replaced.contains(region)) {
                // What went with its folder or its Kafka is not there to be found.
                continue;
            }
            Set<String> acknowledged = new HashSet<>();
            for (ClientRequest request : requests) {
                if (request.target().equals(region) && request.outcome() == Outcome.OK && request.leavesItem()) {
                    acknowledged.add(request.id());
                }
            }
            results.add(new StreamAuditor(cluster.kafka(region), region, scenario.partitions())
                    .audit(tableNames(), acknowledged));
        }
        return results;
    }

    /** Ends all that was started. May be called while it runs, from another thread. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        cluster.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        if (!keep) {
            delete();
        }
    }

    private void delete() {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException left) {
            say("not wholly deleted: " + left.getMessage());
        }
    }
}
