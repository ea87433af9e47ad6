package dev.meridian.simulator.workload;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * All that the clients of a scenario do, in the order of time: a function of the scenario and a seed. Each workload in
 * each region has a stream of its own, so that what one does is not changed by another that is left out.
 */
public final class Load implements Iterator<PlannedOperation> {
    private final PriorityQueue<Stream> streams = new PriorityQueue<>(
            Comparator.comparingLong((Stream stream) -> stream.nextMicros).thenComparingInt(stream -> stream.number));

    public Load(Scenario scenario, long seed) {
        int number = 0;
        for (WorkloadSpec spec : scenario.workloads()) {
            for (RegionId region : spec.ratePerSecond().keySet()) {
                int place = scenario.regions().indexOf(region);
                RandomGenerator random = random(seed, spec.name() + "/" + region);
                Workload.Clients clients = Workload.of(spec)
                        .clients(region, place, scenario.regions().size(), random);
                Stream stream = new Stream(spec, region, number++, clients, random);
                stream.advance();
                if (!stream.ended()) {
                    streams.add(stream);
                }
            }
        }
    }

    /** What is written before the load begins, in the first region of each table. */
    public static List<Iterator<ItemRequest>> preload(Scenario scenario, long seed) {
        List<Iterator<ItemRequest>> all = new ArrayList<>();
        for (WorkloadSpec spec : scenario.workloads()) {
            all.add(Workload.of(spec).preload(random(seed, spec.name() + "/preload")));
        }
        return all;
    }

    /** A generator for one purpose, independent of those for others. */
    public static SplittableRandom random(long seed, String purpose) {
        long mixed = seed;
        for (int i = 0; i < purpose.length(); i++) {
            mixed = mixed * 0x100000001B3L + purpose.charAt(i);
        }
        return new SplittableRandom(mixed);
    }

    @Override
    public boolean hasNext() {
        return !streams.isEmpty();
    }

    @Override
    public PlannedOperation next() {
        Stream stream = streams.poll();
        if (stream == null) {
            throw new NoSuchElementException();
        }
        PlannedOperation next = stream.take();
        stream.advance();
        if (!stream.ended()) {
            streams.add(stream);
        }
        return next;
    }

    /** One workload in one region. */
    private static final class Stream {
        private final WorkloadSpec spec;
        private final RegionId region;
        private final int number;
        private final Workload.Clients clients;
        private final RandomGenerator random;
        private final double meanMicros;
        private final long stopMicros;
        private double atMicros;
        private long nextMicros;
        private long taken;

        Stream(WorkloadSpec spec, RegionId region, int number, Workload.Clients clients, RandomGenerator random) {
            this.spec = spec;
            this.region = region;
            this.number = number;
            this.clients = clients;
            this.random = random;
            this.meanMicros =
                    1_000_000 / Objects.requireNonNull(spec.ratePerSecond().get(region));
            this.stopMicros = spec.stop().toNanos() / 1000;
            this.atMicros = spec.start().toNanos() / 1000.0;
        }

        /** Arrivals are Poisson: what many independent clients make together. */
        void advance() {
            atMicros -= StrictMath.log(1 - random.nextDouble()) * meanMicros;
            nextMicros = (long) atMicros;
        }

        boolean ended() {
            return nextMicros >= stopMicros;
        }

        PlannedOperation take() {
            String id = spec.name() + "/" + region + "/" + taken++;
            return new PlannedOperation(id, spec.name(), nextMicros, region, clients.next(id));
        }
    }
}
