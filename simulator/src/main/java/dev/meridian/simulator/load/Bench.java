package dev.meridian.simulator.load;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.ClientPolicy;
import dev.meridian.simulator.scenario.Objectives;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TableSpec;
import dev.meridian.simulator.scenario.WorkloadSpec;
import dev.meridian.simulator.workload.Load;
import dev.meridian.simulator.workload.PlannedOperation;
import dev.meridian.simulator.workload.Workload;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One workload against one endpoint. */
public final class Bench {
    private static final long TIMEOUT_MILLIS = 10_000;

    /** Of an open loop: what waits for a connection waits at its own cost, and is measured so. */
    private static final int OPEN_CONNECTIONS = 256;

    /** Classes are loaded while the first requests run, and a machine that is loaded is what a bench is for. */
    private static final long BLOCKED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Endpoint endpoint;
    private final Signature signature;
    private final WorkloadSpec spec;
    private final Pace pace;
    private final long seed;
    private final boolean setUp;
    private final Measurements measurements = new Measurements();
    private volatile long beginNanos;
    private final CountDownLatch stop = new CountDownLatch(1);

    /** How fast requests come. */
    public sealed interface Pace {
        /** On average, however fast the answers are. */
        record Rate(double perSecond) implements Pace {}

        /** As fast as that many connections get answers. */
        record Connections(int count) implements Pace {}
    }

    /** How it goes, once a second. */
    public record Progress(long secondsSinceBegin, Measurements.Interval since) {}

    /**
     * What was measured.
     *
     * @param correctedMicros of a closed loop, as it would have been for clients that do not wait for each other: a slow
     *     answer also counts for those that would have been asked meanwhile; null for an open loop, which has them
     */
    public record Result(
            Measurements measurements,
            double seconds,
            @Nullable Histogram correctedMicros) {
        public double perSecond() {
            return measurements.total().count() / seconds;
        }
    }

    /** @param setUp whether to make the table and fill it before */
    public Bench(Endpoint endpoint, Signature signature, WorkloadSpec spec, Pace pace, long seed, boolean setUp) {
        this.endpoint = endpoint;
        this.signature = signature;
        this.spec = spec;
        this.pace = pace;
        this.seed = seed;
        this.setUp = setUp;
    }

    /** Ends the run early, with what was measured until then. From any thread. */
    public void stop() {
        stop.countDown();
    }

    /** @throws TableSetup.SetupFailedException if the table cannot be made */
    public Result run(Runnable filled, Consumer<Progress> progress) throws InterruptedException {
        Vertx vertx = Vertx.vertx(new VertxOptions().setMaxEventLoopExecuteTime(BLOCKED_NANOS));
        int connections = pace instanceof Pace.Connections closed ? closed.count() : OPEN_CONNECTIONS;
        try (DynamoClient client = new DynamoClient(vertx, connections, signature)) {
            Context context = vertx.getOrCreateContext();
            if (setUp) {
                setUp(vertx, context, client);
            }
            filled.run();
            return measure(context, client, progress);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private void setUp(Vertx vertx, Context context, DynamoClient client) {
        Workload workload = Workload.of(spec);
        TableSetup setup = new TableSetup(vertx, context, client);
        Promise<Void> ready = Promise.promise();
        context.runOnContext(unused -> setup.create(endpoint, workload.table())
                .compose(made -> setup.fill(endpoint, workload.preload(Load.random(seed, "preload"))))
                .onComplete(ready));
        try {
            ready.future().toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof TableSetup.SetupFailedException expected) {
                throw expected;
            }
            throw failed;
        }
    }

    private long nowMicros() {
        return (System.nanoTime() - beginNanos) / 1_000;
    }

    private Result measure(Context context, DynamoClient client, Consumer<Progress> progress)
            throws InterruptedException {
        Caller caller = new Caller(
                client,
                TIMEOUT_MILLIS,
                this::nowMicros,
                request -> measurements.record(
                        request.request().operation(), request.reply().outcome(), request.latencyMicros()));
        beginNanos = System.nanoTime();
        Future<Void> ended;
        Runnable end;
        if (pace instanceof Pace.Rate) {
            OpenLoop loop = new OpenLoop(context, plan(), this::nowMicros, next -> caller.call(next, () -> endpoint));
            ended = loop.run();
            end = loop::stop;
        } else {
            int connections = ((Pace.Connections) pace).count();
            ClosedLoop loop = new ClosedLoop(context, connections, draw(), next -> caller.call(next, () -> endpoint));
            ended = loop.run();
            end = loop::stop;
        }
        long seconds = spec.stop().toSeconds();
        for (long second = 1; second <= seconds; second++) {
            if (stop.await(beginNanos + TimeUnit.SECONDS.toNanos(second) - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                break;
            }
            progress.accept(new Progress(second, measurements.takeInterval()));
        }
        end.run();
        ended.toCompletionStage().toCompletableFuture().join();
        double took = nowMicros() / 1e6;
        return new Result(measurements, took, corrected(took));
    }

    private @Nullable Histogram corrected(double seconds) {
        Measurements.Measured total = measurements.total();
        if (!(pace instanceof Pace.Connections closed) || total.count() == 0) {
            return null;
        }
        long interval = Math.max(1, (long) (seconds * 1e6 * closed.count() / total.count()));
        return total.latencyMicros().copyCorrectedForCoordinatedOmission(interval);
    }

    private Iterator<PlannedOperation> plan() {
        Scenario scenario = new Scenario(
                "bench",
                "",
                spec.stop(),
                List.of(region()),
                new TreeMap<>(),
                List.of(new TableSpec(spec.table(), List.of(region()))),
                List.of(spec),
                List.of(),
                ClientPolicy.STAY,
                Objectives.NONE,
                Duration.ZERO,
                1);
        return new Load(scenario, seed);
    }

    private RegionId region() {
        return spec.ratePerSecond().firstKey();
    }

    private java.util.function.Supplier<PlannedOperation> draw() {
        SplittableRandom random = Load.random(seed, "clients");
        Workload.Clients clients = Workload.of(spec).clients(region(), 0, 1, random);
        long[] drawn = {0};
        return () -> {
            String id = spec.name() + "/" + seed + "/" + drawn[0]++;
            return new PlannedOperation(id, spec.name(), nowMicros(), region(), clients.next(id));
        };
    }
}
