package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.report.DrillReport.ClientPoint;
import dev.meridian.simulator.report.DrillReport.Clients;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** From requests and probes to what the clients of each region met. */
final class ClientAnalysis {
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final DrillRecord record;

    private static final class Second {
        private final Durations answered = new Durations();
        private long errors;
    }

    ClientAnalysis(DrillRecord record) {
        this.record = record;
    }

    List<Clients> clients() {
        return record.scenario().regions().stream().map(this::clients).toList();
    }

    private Clients clients(RegionId region) {
        Durations latency = new Durations();
        SortedMap<String, Long> outcomes = new TreeMap<>();
        SortedMap<Integer, Second> seconds = new TreeMap<>();
        long requests = 0;
        long errors = 0;
        for (ClientRequest request : record.requests()) {
            if (!request.home().equals(region)) {
                continue;
            }
            requests++;
            outcomes.merge(request.outcome().name(), 1L, Long::sum);
            Second second =
                    seconds.computeIfAbsent((int) (request.dueMicros() / MICROS_PER_SECOND), unused -> new Second());
            if (request.outcome().isAnswered()) {
                latency.addMicros(request.latencyMicros());
                second.answered.addMicros(request.latencyMicros());
            } else {
                errors++;
                second.errors++;
            }
        }
        Durations staleness = new Durations();
        long end = record.scenario().duration().toNanos() / 1_000;
        record.reads().stream()
                .filter(read -> read.pair().to().equals(region) && read.sentMicros() <= end)
                .forEach(read -> staleness.addMicros(read.staleMicros()));
        return new Clients(
                region.value(),
                requests,
                errors,
                outcomes,
                latency.percentiles(),
                staleness.percentiles(),
                curve(seconds));
    }

    private static List<ClientPoint> curve(SortedMap<Integer, Second> seconds) {
        List<ClientPoint> curve = new ArrayList<>();
        seconds.forEach((at, second) -> {
            boolean answered = second.answered.count() > 0;
            curve.add(new ClientPoint(
                    at,
                    second.answered.count(),
                    second.errors,
                    answered ? (Double) second.answered.millisAt(50) : null,
                    answered ? (Double) second.answered.millisAt(99) : null));
        });
        return curve;
    }
}
