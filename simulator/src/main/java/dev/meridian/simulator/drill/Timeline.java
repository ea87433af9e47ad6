package dev.meridian.simulator.drill;

import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Does what a scenario plans when it is due. What is done to one region is done in order; a region that takes its time to
 * start does not delay what is done to others.
 */
final class Timeline implements AutoCloseable {
    private final Injector injector;
    private final DrillClock clock;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(Timeline::daemon);
    private final ExecutorService workers = Executors.newCachedThreadPool(Timeline::daemon);
    private final List<Injected> done = Collections.synchronizedList(new ArrayList<>());
    private final List<Consumer<Injected>> listeners = new ArrayList<>();
    private final Map<String, CompletableFuture<Void>> lanes = new TreeMap<>();

    /** Returns when it is so. */
    interface Injector {
        void inject(Fault fault) throws InterruptedException;
    }

    Timeline(Injector injector, DrillClock clock) {
        this.injector = injector;
        this.clock = clock;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "timeline");
        thread.setDaemon(true);
        return thread;
    }

    /** Told when a fault begins, with nothing done yet, and when it has been done. */
    void listen(Consumer<Injected> listener) {
        listeners.add(listener);
    }

    void play(Scenario scenario) {
        // One moment for all: what is due at one time would else come in any order.
        long now = clock.micros();
        for (Step step : scenario.steps()) {
            long at = step.at().toNanos() / 1_000;
            long delay = Math.max(0, at - now);
            scheduler.schedule(() -> enqueue(step.fault(), at, false), delay, TimeUnit.MICROSECONDS);
        }
    }

    /** Mends what is broken, and returns when all that was ever begun has been done. */
    void heal(Scenario scenario) {
        scheduler.shutdown();
        long now = clock.micros();
        scenario.healing().forEach(fault -> enqueue(fault, now, true));
        List<CompletableFuture<Void>> open;
        synchronized (lanes) {
            open = List.copyOf(lanes.values());
        }
        open.forEach(CompletableFuture::join);
    }

    private void enqueue(Fault fault, long plannedMicros, boolean healing) {
        synchronized (lanes) {
            CompletableFuture<Void> before = lanes.getOrDefault(lane(fault), CompletableFuture.allOf());
            lanes.put(lane(fault), before.thenRunAsync(() -> inject(fault, plannedMicros, healing), workers));
        }
    }

    /** What has to be done in order. */
    private static String lane(Fault fault) {
        return fault instanceof Fault.OfRegion done ? done.region().value() : "";
    }

    private void inject(Fault fault, long plannedMicros, boolean healing) {
        long begun = clock.micros();
        tell(new Injected(fault, plannedMicros, begun, null, healing, null));
        String trouble = null;
        try {
            injector.inject(fault);
        } catch (CommandFailedException | DrillFailedException failed) {
            trouble = String.valueOf(failed.getMessage());
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            trouble = "interrupted";
        }
        Injected injected =
                new Injected(fault, plannedMicros, begun, trouble == null ? clock.micros() : null, healing, trouble);
        done.add(injected);
        tell(injected);
    }

    private void tell(Injected injected) {
        listeners.forEach(listener -> listener.accept(injected));
    }

    /** In the order in which they were done. */
    List<Injected> done() {
        synchronized (done) {
            return List.copyOf(done);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        workers.shutdownNow();
    }
}
