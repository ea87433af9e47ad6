package dev.meridian.simulator.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.report.DrillReport;
import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.StreamAudit;
import dev.meridian.simulator.report.Percentiles;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.Scenarios;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two short drills on real processes, and what their reports say against what is known of them. */
class DrillTest {
    private static final long SEED = 1;
    private static final Duration WARM_UP = Duration.ofSeconds(5);

    /** Between any two regions of these scenarios, one way. */
    private static final double ONE_WAY_MILLIS = 25;

    private static final String HEAD = """
        description: A short form, for the build.
        duration: 14s
        regions: [us-east-1, eu-west-1, ap-northeast-1]
        links:
          roundTrips:
            us-east-1: {eu-west-1: 50ms, ap-northeast-1: 50ms}
            eu-west-1: {ap-northeast-1: 50ms}
        workloads:
          - {name: load, kind: ycsb-a, records: 60, keys: uniform, itemBytes: 200, rate: 15/s}
        """;

    @TempDir
    Path folder;

    private DrillReport run(Scenario scenario) throws Exception {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        Path data = Files.createDirectory(folder.resolve("data"));
        DrillReport report;
        try (Drill drill = new Drill(scenario, SEED, data, false, WARM_UP, out, InstantSource.system())) {
            report = drill.run("test", null);
        }
        assertThat(data).doesNotExist();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
        return report;
    }

    private static Scenario scenario(String more) {
        return Scenarios.read("short", "short.yaml", HEAD + more);
    }

    private static PairLag lag(DrillReport report, String from, String to) {
        return report.lag().stream()
                .filter(pair -> pair.from().equals(from) && pair.to().equals(to))
                .findFirst()
                .orElseThrow();
    }

    private static Percentiles total(PairLag pair) {
        return Objects.requireNonNull(pair.total(), pair.toString());
    }

    /** What holds of every report. */
    private static void isConsistent(DrillReport report) {
        assertThat(report.objectives())
                .allSatisfy(objective ->
                        assertThat(objective.passed()).as(objective.toString()).isTrue());
        assertThat(report.passed()).isTrue();
        for (Clients clients : report.clients()) {
            long answered = clients.curve().stream()
                    .mapToLong(DrillReport.ClientPoint::answered)
                    .sum();
            long errors = clients.curve().stream()
                    .mapToLong(DrillReport.ClientPoint::errors)
                    .sum();
            assertThat(answered + errors).isEqualTo(clients.requests());
            assertThat(errors).isEqualTo(clients.errors());
            assertThat(clients.outcomes().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(clients.requests());
            assertThat(Objects.requireNonNull(clients.latency()).count()).isEqualTo(answered);
        }
        // Each acknowledged write of a region is applied in each other; one without an answer may have been done.
        long errors = report.clients().stream().mapToLong(Clients::errors).sum();
        for (StreamAudit audit : report.streams()) {
            assertThat(audit.checked()).isPositive();
            for (PairLag pair : report.lag()) {
                if (pair.from().equals(audit.region())) {
                    assertThat(total(pair).count()).isLessThanOrEqualTo(audit.checked() + errors);
                    // A region that is killed takes with it what it applied last, and has not been asked for yet.
                    boolean killed = report.timeline().stream()
                            .anyMatch(entry -> entry.title().equals("kill " + pair.to()));
                    if (!killed) {
                        assertThat(total(pair).count()).isGreaterThanOrEqualTo(audit.checked());
                    }
                    assertThat(pair.curve().stream()
                                    .mapToLong(DrillReport.LagPoint::count)
                                    .sum())
                            .isEqualTo(total(pair).count());
                    // Nothing is faster than the link.
                    assertThat(total(pair).p50()).isGreaterThanOrEqualTo(ONE_WAY_MILLIS);
                }
            }
        }
        assertThat(report.convergence().certificates()).hasSize(6).allMatch(DrillReport.Certificate::drained);
    }

    @Test
    void aRegionIsKilledAndItsClientsGoElsewhereAndComeHome() throws Exception {
        DrillReport report = run(scenario("""
            timeline:
              - {at: 3s, fault: region-kill, region: us-east-1, for: 5s}
            clients:
              policy: fail-over
              afterErrors: 3
              to: {us-east-1: eu-west-1}
              failBack: true
            objectives: {rto: 30s, rpo: 30s, convergence: 60s}
            """));
        isConsistent(report);

        assertThat(report.timeline())
                .extracting(DrillReport.TimelineEntry::title)
                .startsWith("kill us-east-1", "start us-east-1");
        double killed = report.timeline().get(0).begunSeconds();
        assertThat(killed).isGreaterThanOrEqualTo(3);

        List<Failover> failovers = report.failovers();
        assertThat(failovers).hasSize(1);
        Failover failover = failovers.get(0);
        assertThat(failover.clientsOf()).isEqualTo("us-east-1");
        assertThat(failover.to()).isEqualTo("eu-west-1");
        assertThat(List.of(
                        0.0,
                        Objects.requireNonNull(failover.detectedSeconds()),
                        Objects.requireNonNull(failover.decidedSeconds()),
                        Objects.requireNonNull(failover.routedSeconds()),
                        Objects.requireNonNull(failover.firstSuccessSeconds())))
                .isSorted();
        // An answer from the other region needs a round trip.
        assertThat(failover.firstSuccessSeconds() - failover.routedSeconds())
                .isGreaterThanOrEqualTo(2 * ONE_WAY_MILLIS / 1_000);

        assertThat(report.losses()).hasSize(2).allSatisfy(loss -> {
            assertThat(loss.from()).isEqualTo("us-east-1");
            assertThat(Objects.requireNonNull(loss.recordsAfterReturn()))
                    .isLessThanOrEqualTo(Objects.requireNonNull(loss.records()));
            assertThat(loss.holdsThrough()).isNotNull();
        });
        // What others wrote while it was dead, it has only since it came back.
        double back = report.timeline().get(1).begunSeconds();
        double dead = (back - killed) * 1_000;
        assertThat(total(lag(report, "eu-west-1", "us-east-1")).max()).isGreaterThan(dead * 0.8);
        assertThat(report.catchUps())
                .filteredOn(catchUp -> catchUp.to().equals("us-east-1"))
                .hasSize(2)
                .allSatisfy(catchUp -> assertThat(catchUp.backlog()).isPositive());
    }

    @Test
    void aLinkThatIsCutOneWayDelaysThatWayOnly() throws Exception {
        DrillReport report = run(scenario("""
            timeline:
              - {at: 3s, fault: link-cut, from: us-east-1, to: eu-west-1, for: 6s}
            objectives: {errorRate: 50%, convergence: 60s}
            """));
        isConsistent(report);

        assertThat(report.failovers()).isEmpty();
        PairLag cut = lag(report, "us-east-1", "eu-west-1");
        assertThat(total(cut).max()).isGreaterThan(4_500);
        assertThat(total(cut).p99())
                .isGreaterThan(total(lag(report, "eu-west-1", "us-east-1")).p50());

        assertThat(report.losses()).hasSize(1);
        Loss loss = report.losses().get(0);
        assertThat(loss.from() + " " + loss.to()).isEqualTo("us-east-1 eu-west-1");
        assertThat(Objects.requireNonNull(loss.watermarkAgeMillis())).isGreaterThanOrEqualTo(ONE_WAY_MILLIS);
        assertThat(loss.items()).isNotNull();
        // Both sides write to the same few keys for six seconds.
        assertThat(Objects.requireNonNull(loss.superseded())).isPositive();
        assertThat(loss.supersededNamed())
                .allSatisfy(one -> assertThat(one.lostImage()).isNotEqualTo(one.wonImage()));
        long between = report.conflicts().stream()
                .filter(conflict -> conflict.between().equals("eu-west-1 / us-east-1"))
                .mapToLong(DrillReport.ConflictCount::count)
                .sum();
        assertThat(between).isGreaterThanOrEqualTo(loss.superseded());
        assertThat(report.catchUps()).hasSize(1).allSatisfy(catchUp -> {
            assertThat(catchUp.from() + " " + catchUp.to()).isEqualTo("us-east-1 eu-west-1");
            assertThat(catchUp.backlog()).isPositive();
        });
    }

    static List<String> library() {
        return Scenarios.names();
    }

    @Tag("drills")
    @EnabledIfSystemProperty(named = "meridian.drills", matches = "all")
    @ParameterizedTest
    @MethodSource("library")
    void everyScenarioOfTheLibraryPasses(String name) throws Exception {
        DrillReport report = run(Scenarios.load(name));
        assertThat(report.objectives())
                .allSatisfy(objective ->
                        assertThat(objective.passed()).as(objective.toString()).isTrue());
    }
}
