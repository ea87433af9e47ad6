package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.report.DrillReport;
import dev.meridian.simulator.report.DrillReport.About;
import dev.meridian.simulator.report.DrillReport.Certificate;
import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Converged;
import dev.meridian.simulator.report.DrillReport.Drift;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.LinkLine;
import dev.meridian.simulator.report.DrillReport.NowhereElse;
import dev.meridian.simulator.report.DrillReport.Objective;
import dev.meridian.simulator.report.DrillReport.Observation;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.Proof;
import dev.meridian.simulator.report.DrillReport.StreamAudit;
import dev.meridian.simulator.report.DrillReport.TimelineEntry;
import dev.meridian.simulator.report.Percentiles;
import dev.meridian.simulator.report.Prediction;
import dev.meridian.simulator.scenario.ClientPolicy;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the report of what was noted. */
final class ReportBuilder {
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final int NAMED = 50;

    private final DrillRecord record;

    ReportBuilder(DrillRecord record) {
        this.record = record;
    }

    DrillReport build(long seed, String version, @Nullable Prediction prediction) {
        LagAnalysis lagAnalysis = new LagAnalysis(record);
        LossAnalysis losses = new LossAnalysis(record);
        List<Failover> failovers = new FailoverAnalysis(record).failovers();
        List<PairLag> lag = lagAnalysis.lag();
        List<Clients> clients = new ClientAnalysis(record).clients();
        List<StreamAudit> streams =
                record.streams().stream().map(ReportBuilder::audit).toList();
        List<LossAnalysis.AtKill> kills = losses.atKills();
        List<Objective> objectives = ObjectiveCheck.check(record, failovers, kills, lag, clients, streams);
        return new DrillReport(
                DrillReport.FORMAT,
                about(seed, version),
                objectives.stream().allMatch(objective -> Boolean.TRUE.equals(objective.passed())),
                objectives,
                timeline(),
                observations(),
                failovers,
                losses.losses(),
                kills == null
                        ? null
                        : kills.stream()
                                .map(kill -> new NowhereElse(kill.what(), kill.records(), kill.oldestMillis()))
                                .toList(),
                lag,
                clients,
                sendDelay(),
                losses.conflictCounts(),
                lagAnalysis.catchUps(),
                converged(),
                streams,
                record.drift().stream()
                        .map(drift -> new Drift(drift.table(), drift.differences()))
                        .toList(),
                prediction);
    }

    private @Nullable Percentiles sendDelay() {
        Durations late = new Durations();
        record.requests().forEach(request -> late.addMicros(request.sentMicros() - request.dueMicros()));
        return late.percentiles();
    }

    private static double seconds(long micros) {
        return micros / MICROS_PER_SECOND;
    }

    private About about(long seed, String version) {
        Scenario scenario = record.scenario();
        List<LinkLine> links = new ArrayList<>();
        scenario.links()
                .forEach((pair, link) -> links.add(new LinkLine(
                        pair.from().value(),
                        pair.to().value(),
                        link.oneWay().toNanos() / NANOS_PER_MILLI,
                        link.jitter().toNanos() / NANOS_PER_MILLI,
                        link.bytesPerSecond(),
                        link.loss())));
        return new About(
                scenario.name(),
                scenario.description().strip(),
                seed,
                version,
                Instant.ofEpochMilli(record.clock().beginMillis()).toString(),
                scenario.duration().toNanos() / 1e9,
                machine(),
                scenario.regions().stream().map(RegionId::value).toList(),
                policy(scenario.clients()),
                scenario.workloads().stream().map(ReportBuilder::load).toList(),
                links);
    }

    private static String machine() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("os.arch") + ", " + Runtime.getRuntime().availableProcessors()
                + " processors, Java " + Runtime.version();
    }

    private static String policy(ClientPolicy policy) {
        if (!policy.failsOver()) {
            return "stay with their region; a request times out after " + millis(policy.timeout());
        }
        List<String> conditions = new ArrayList<>();
        if (policy.afterErrors() > 0) {
            conditions.add(policy.afterErrors() + " errors in a row");
        }
        if (!policy.after().isZero()) {
            conditions.add(millis(policy.after()) + " without success");
        }
        String to = policy.to().entrySet().stream()
                .map(entry -> entry.getKey() + " → " + entry.getValue())
                .collect(Collectors.joining(", "));
        return "fail over after " + String.join(" or ", conditions) + " (" + to + "); a request times out after "
                + millis(policy.timeout()) + "; "
                + (policy.failsBack() ? "go home when it answers" : "do not go home");
    }

    private static String millis(Duration time) {
        return time.toMillis() + " ms";
    }

    private static String load(WorkloadSpec spec) {
        String rates = spec.ratePerSecond().entrySet().stream()
                .map(rate -> String.format(Locale.ROOT, "%s %.0f/s", rate.getKey(), rate.getValue()))
                .collect(Collectors.joining(", "));
        return spec.name() + " (" + spec.kind().does() + "): " + spec.records() + " records, " + rates;
    }

    private List<TimelineEntry> timeline() {
        return record.timeline().stream()
                .sorted(Comparator.comparingLong(Injected::begunMicros))
                .map(injected -> {
                    Long done = injected.doneMicros();
                    return new TimelineEntry(
                            injected.fault().describe(),
                            seconds(injected.plannedMicros()),
                            seconds(injected.begunMicros()),
                            done == null ? null : (Double) seconds(done),
                            injected.healing(),
                            injected.trouble());
                })
                .toList();
    }

    private List<Observation> observations() {
        List<Observation> all = new ArrayList<>();
        for (PairState state : record.stateChanges()) {
            all.add(new Observation(
                    seconds(state.atMicros()), state.pair().toString(), "replication is " + state.state()));
        }
        for (ClientEvent event : record.events()) {
            all.add(new Observation(
                    seconds(event.atMicros()), "clients of " + event.home(), ClientEventText.of(event)));
        }
        all.sort(Comparator.comparingDouble(Observation::atSeconds));
        return all;
    }

    private Converged converged() {
        Convergence.Result result = record.convergence();
        Long at = result.atMicros();
        return new Converged(
                seconds(record.calmMicros()),
                at == null ? null : (Double) ((at - record.calmMicros()) / 1e3),
                result.certificates().stream()
                        .map(one -> new Certificate(
                                one.pair().from().value(), one.pair().to().value(), one.drained(), one.statement()))
                        .toList(),
                result.proofs().stream()
                        .map(proof ->
                                new Proof(proof.table(), proof.equal(), proof.items(), proof.differing(), proof.said()))
                        .toList());
    }

    private static StreamAudit audit(StreamAuditor.Result result) {
        boolean good = result.disorders() == 0 && result.missing().isEmpty();
        return new StreamAudit(
                result.region().value(),
                result.records(),
                result.disorders(),
                result.checked(),
                result.missing().size(),
                result.missing().stream().limit(NAMED).toList(),
                result.trouble().isEmpty() ? (Boolean) good : null,
                result.trouble());
    }
}
