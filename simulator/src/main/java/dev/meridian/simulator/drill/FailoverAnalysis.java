package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.ClientEvent.Kind;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.scenario.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** From what clients met and decided to how long they were without service when a region failed. */
final class FailoverAnalysis {
    private static final double MICROS_PER_SECOND = 1e6;

    /** Service is judged by shares of this. */
    private static final long WINDOW_MICROS = 500_000;

    /** So many windows in a row must be as asked. */
    private static final int WINDOWS_GOOD = 4;

    private static final double ERROR_RATE_DEFAULT = 0.01;

    private final DrillRecord record;

    FailoverAnalysis(DrillRecord record) {
        this.record = record;
    }

    List<Failover> failovers() {
        List<Failover> all = new ArrayList<>();
        for (Injected injected : record.timeline()) {
            RegionId failed = failed(injected.fault());
            if (failed != null) {
                for (RegionId home : record.scenario().regions()) {
                    if (sends(home) && used(home, injected.begunMicros()).equals(failed)) {
                        all.add(failover(home, failed, injected));
                    }
                }
            }
        }
        return all;
    }

    private static @Nullable RegionId failed(Fault fault) {
        if (fault instanceof Fault.RegionKill kill) {
            return kill.region();
        }
        if (fault instanceof Fault.RegionStop stop) {
            return stop.region();
        }
        return fault instanceof Fault.DiskFull full ? full.region() : null;
    }

    private boolean sends(RegionId home) {
        return record.requests().stream().anyMatch(request -> request.home().equals(home));
    }

    /** The region that the clients of a region used at a time. */
    private RegionId used(RegionId home, long atMicros) {
        RegionId used = home;
        for (ClientEvent event : record.events()) {
            if (event.home().equals(home) && event.kind() != Kind.FAILED && event.atMicros() < atMicros) {
                used = event.region();
            }
        }
        return used;
    }

    private Failover failover(RegionId home, RegionId failed, Injected failure) {
        long at = failure.begunMicros();
        List<ClientRequest> requests = record.requests().stream()
                .filter(request -> request.home().equals(home) && request.doneMicros() >= at)
                .toList();
        Long detected = first(
                        requests,
                        request -> !request.outcome().isAnswered()
                                && request.target().equals(failed)
                                && request.sentMicros()
                                        >= at
                                                - record.scenario()
                                                                .clients()
                                                                .timeout()
                                                                .toNanos()
                                                        / 1_000)
                .map(ClientRequest::doneMicros)
                .orElse(null);
        ClientEvent decided = event(home, Kind.DECIDED, at);
        RegionId to = decided == null ? null : decided.region();
        Long routed = decided == null
                ? null
                : requests.stream()
                        .filter(request -> request.target().equals(to) && request.sentMicros() >= decided.atMicros())
                        .map(ClientRequest::sentMicros)
                        .min(Long::compare)
                        .orElse(null);
        ClientEvent returned = event(home, Kind.RETURNED, at);
        Long served = firstSuccess(requests, failed, to, detected);
        return new Failover(
                home.value(),
                failure.fault().describe(),
                at / MICROS_PER_SECOND,
                to == null ? null : to.value(),
                since(at, detected),
                since(at, decided == null ? null : (Long) decided.atMicros()),
                since(at, routed),
                since(at, served),
                since(at, served == null ? null : restored(requests, served)),
                since(at, returned == null ? null : (Long) returned.atMicros()));
    }

    /** Of a request that was sent to where they went, or after the failure had been seen. */
    private static @Nullable Long firstSuccess(
            List<ClientRequest> requests, RegionId failed, @Nullable RegionId to, @Nullable Long detected) {
        if (detected == null) {
            return null;
        }
        return requests.stream()
                .filter(request -> request.outcome().isAnswered())
                .filter(request -> request.target().equals(to)
                        || (request.target().equals(failed) && request.sentMicros() >= detected))
                .map(ClientRequest::doneMicros)
                .min(Long::compare)
                .orElse(null);
    }

    private static Optional<ClientRequest> first(List<ClientRequest> requests, Predicate<ClientRequest> wanted) {
        return requests.stream().filter(wanted).min((one, other) -> Long.compare(one.doneMicros(), other.doneMicros()));
    }

    private @Nullable ClientEvent event(RegionId home, Kind kind, long afterMicros) {
        return record.events().stream()
                .filter(event -> event.home().equals(home) && event.kind() == kind && event.atMicros() >= afterMicros)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable Double since(long at, @Nullable Long then) {
        return then == null ? null : (Double) ((then - at) / MICROS_PER_SECOND);
    }

    /** The begin of the first good windows in a row. */
    private @Nullable Long restored(List<ClientRequest> requests, long served) {
        Double asked = record.scenario().objectives().errorRate();
        double most = asked == null ? ERROR_RATE_DEFAULT : asked;
        long end = record.scenario().duration().toNanos() / 1_000;
        int good = 0;
        for (long from = served; from + WINDOW_MICROS <= end; from += WINDOW_MICROS) {
            long begin = from;
            List<ClientRequest> due = requests.stream()
                    .filter(request -> request.dueMicros() >= begin && request.dueMicros() < begin + WINDOW_MICROS)
                    .toList();
            long errors = due.stream()
                    .filter(request -> !request.outcome().isAnswered())
                    .count();
            good = !due.isEmpty() && errors <= most * due.size() ? good + 1 : 0;
            if (good == WINDOWS_GOOD) {
                return begin - (WINDOWS_GOOD - 1) * WINDOW_MICROS;
            }
        }
        return null;
    }
}
