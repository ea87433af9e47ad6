package dev.meridian.simulator.cli;

import dev.meridian.simulator.virtual.Plan;
import dev.meridian.simulator.virtual.Shrinker;
import dev.meridian.simulator.virtual.Simulation;
import dev.meridian.simulator.virtual.SimulationResult;
import dev.meridian.simulator.virtual.TemporaryFolder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many runs, each in a world of its own, several at a time; and the search for a small one. */
final class Batch {
    /** Whoever waits for an explanation does not wait longer. */
    private static final long SHRINKING_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Batch() {}

    /** Hears of the runs in the order of their seeds. */
    @FunctionalInterface
    interface Results {
        void of(Plan plan, SimulationResult result, long tookNanos);
    }

    private record Done(Plan plan, SimulationResult result, long tookNanos) {}

    /** Runs a plan with all seeds from {@code from} to {@code to}. */
    static void run(Plan plan, long from, long to, Results results) {
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            Deque<Future<Done>> running = new ArrayDeque<>();
            for (long seed = from; seed <= to; seed++) {
                Plan next = plan.withSeed(seed);
                running.add(workers.submit(() -> run(next)));
                if (running.size() > 2 * threads) {
                    tell(running.remove(), results);
                }
            }
            while (!running.isEmpty()) {
                tell(running.remove(), results);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private static Done run(Plan plan) {
        long began = System.nanoTime();
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            SimulationResult result = Simulation.run(plan, folder.path(), (at, requests) -> {});
            return new Done(plan, result, System.nanoTime() - began);
        }
    }

    private static void tell(Future<Done> future, Results results) {
        try {
            Done done = future.get();
            results.of(done.plan, done.result, done.tookNanos);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", asked);
        } catch (ExecutionException bug) {
            throw new AssertionError(bug.getCause());
        }
    }

    /** A smaller plan that breaks the same law. */
    static Plan shrink(Plan plan, SimulationResult failed) {
        long until = System.nanoTime() + SHRINKING_NANOS;
        return Shrinker.shrink(smaller -> run(smaller).result, plan, failed, () -> System.nanoTime() - until < 0);
    }
}
