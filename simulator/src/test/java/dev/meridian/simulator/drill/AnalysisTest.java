package dev.meridian.simulator.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.Outcome;
import dev.meridian.simulator.report.DrillReport;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.Objective;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.Scenarios;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is made of what was noted, with notes whose outcome is known. */
class AnalysisTest {
    private static final RegionId A = new RegionId("us-east-1");
    private static final RegionId B = new RegionId("eu-west-1");
    private static final RegionId C = new RegionId("ap-northeast-1");
    private static final RegionPair A_TO_B = new RegionPair(A, B);
    private static final RegionPair A_TO_C = new RegionPair(A, C);
    private static final long BEGIN = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
    private static final DrillClock CLOCK = DrillClock.startingNow(() -> Instant.ofEpochMilli(BEGIN));

    private static final Scenario SCENARIO = Scenarios.read("known", "known.yaml", """
        description: d
        duration: 20s
        regions: [us-east-1, eu-west-1, ap-northeast-1]
        workloads: [{kind: ycsb-a, rate: 10/s}]
        timeline: [{at: 5s, fault: region-kill, region: us-east-1, for: 5s}]
        clients: {policy: fail-over, afterErrors: 2, to: {us-east-1: eu-west-1}}
        objectives: {rto: 1s, rpo: 100ms, rpoItems: 1, lagP99: 10s, errorRate: 10%, convergence: 2s}
        """);

    private static Injected injected(Fault fault, long atMillis) {
        return new Injected(fault, atMillis * 1_000, atMillis * 1_000, atMillis * 1_000 + 100, false, null);
    }

    private static ClientRequest request(RegionId target, long dueMillis, long tookMillis, Outcome outcome) {
        return new ClientRequest(
                A,
                target,
                "op" + dueMillis,
                "PutItem",
                true,
                dueMillis * 1_000,
                dueMillis * 1_000,
                (dueMillis + tookMillis) * 1_000,
                outcome);
    }

    private static Applied applied(RegionPair pair, String id, long committed, long applied) {
        return new Applied(
                pair, "ycsb-a", id, BEGIN + committed, BEGIN + committed + 1, BEGIN + applied - 2, BEGIN + applied);
    }

    private static JsonNode conflict(String written) throws Exception {
        return new ObjectMapper().readTree("""
            {"table": "ycsb-a", "tableId": "t", "key": {"pk": {"S": "k"}},
             "winner": {"version": "2", "region": "eu-west-1", "writtenAt": "2025-01-01T00:00:06Z",
                        "deleted": false, "image": {"v": {"N": "2"}}},
             "loser": {"version": "1%s", "region": "us-east-1", "writtenAt": "%s", "deleted": true}}
            """.formatted(written.hashCode(), written));
    }

    /** Region A is killed at 5 s and starts at 10 s; its clients have an error at 5.1 s and 5.2 s and then go to B. */
    private static DrillRecord record() throws Exception {
        List<ClientRequest> requests = new ArrayList<>();
        for (int due = 0; due < 20_000; due += 100) {
            boolean dead = due >= 5_000 && due < 5_200;
            RegionId target = due < 5_200 ? A : B;
            requests.add(request(
                    target, due, dead ? 100 : due < 5_000 ? 10 : 60, dead ? Outcome.NO_CONNECTION : Outcome.OK));
        }
        List<ClientEvent> events = List.of(
                new ClientEvent(ClientEvent.Kind.FAILED, A, A, 5_100_000),
                new ClientEvent(ClientEvent.Kind.DECIDED, A, B, 5_200_000));
        List<Applied> changes = List.of(
                applied(A_TO_B, "1", 4_800, 4_850),
                applied(A_TO_B, "2", 4_900, 4_990),
                // Under way when A died.
                applied(A_TO_B, "3", 4_960, 5_020),
                applied(A_TO_B, "4", 4_970, 11_000),
                applied(A_TO_C, "1", 4_800, 4_900),
                applied(A_TO_C, "2", 4_900, 11_200),
                applied(A_TO_C, "3", 4_960, 11_200),
                applied(A_TO_C, "4", 4_970, 11_300));
        List<Cut> cuts = List.of(
                new Cut("kill us-east-1", A_TO_B, true, 5_000_000, 10_000_000L, "ab", BEGIN + 4_965, null),
                new Cut("kill us-east-1", A_TO_C, true, 5_000_000, 10_000_000L, "aa", BEGIN + 4_850, List.of()));
        return new DrillRecord(
                SCENARIO,
                CLOCK,
                List.of(injected(new Fault.RegionKill(A), 5_000), injected(new Fault.RegionStart(A), 10_000)),
                requests,
                events,
                changes,
                List.of(),
                List.of(),
                cuts,
                List.of(
                        conflict("2025-01-01T00:00:04.970Z"),
                        conflict("2025-01-01T00:00:04.970Z"),
                        // Before B's watermark, and after A's death.
                        conflict("2025-01-01T00:00:04.900Z"),
                        conflict("2025-01-01T00:00:11Z")),
                20_000_000,
                new Convergence.Result(
                        21_000_000L,
                        List.of(),
                        List.of(new Convergence.Proof("ycsb-a", true, new TreeMap<>(), 0, "same"))),
                List.of(),
                List.of());
    }

    @Test
    void aRecoveryIsSplitIntoItsParts() throws Exception {
        List<Failover> failovers = new FailoverAnalysis(record()).failovers();
        assertThat(failovers)
                .containsExactly(
                        new Failover("us-east-1", "kill us-east-1", 5, "eu-west-1", 0.1, 0.2, 0.2, 0.26, 0.26, null));
    }

    @Test
    void whatWouldHaveBeenLostIsCountedThreeWays() throws Exception {
        List<Loss> losses = new LossAnalysis(record()).losses();
        Loss toB = losses.get(0);
        assertThat(toB.watermarkAgeMillis()).isEqualTo(35);
        assertThat(toB.records()).isEqualTo(2);
        assertThat(toB.oldestMillis()).isEqualTo(40);
        assertThat(toB.recordsAfterReturn()).isEqualTo(1);
        assertThat(toB.items()).isNull();
        assertThat(toB.superseded()).isEqualTo(1);
        assertThat(toB.supersededNamed().get(0).lostImage()).isEqualTo("deleted");
        Loss toC = losses.get(1);
        assertThat(toC.records()).isEqualTo(3);
        assertThat(toC.oldestMillis()).isEqualTo(100);
        assertThat(toC.items()).isZero();
    }

    @Test
    void lagAndCatchingUpAreByPair() throws Exception {
        LagAnalysis analysis = new LagAnalysis(record());
        DrillReport.PairLag toB = analysis.lag().stream()
                .filter(pair -> pair.from().equals("us-east-1") && pair.to().equals("eu-west-1"))
                .findFirst()
                .orElseThrow();
        assertThat(toB.total()).isNotNull();
        assertThat(toB.total().count()).isEqualTo(4);
        assertThat(toB.total().p50()).isCloseTo(60, org.assertj.core.data.Offset.offset(0.1));
        assertThat(toB.curve()).hasSize(1).allMatch(point -> point.second() == 4 && point.count() == 4);
        assertThat(toB.stages())
                .extracting(DrillReport.Stage::name)
                .containsExactly("commit to published", "published to consumed", "consumed to applied");
        assertThat(analysis.catchUps())
                .containsExactly(
                        new DrillReport.CatchUp("start us-east-1", 10, "us-east-1", "ap-northeast-1", 3, 1.3, 30.0),
                        new DrillReport.CatchUp("start us-east-1", 10, "us-east-1", "eu-west-1", 1, 1.0, null));
    }

    @Test
    void objectivesAreHeldAgainstWhatWasMeasured() throws Exception {
        DrillReport report = new ReportBuilder(record()).build(1, "test", null);
        assertThat(report.objectives())
                .filteredOn(objective -> !objective.name().equals("streams"))
                .containsExactly(
                        new Objective("RTO", "at most 1000 ms", "260 ms", true),
                        // C had the second change only later, but B had it in time; nobody had the third.
                        new Objective("RPO", "at most 100 ms", "40 ms", true),
                        new Objective("RPO in changes", "at most 1", "2", false),
                        new Objective(
                                "lag p99", "at most 10.0 s, worst pair", "6332 ms, us-east-1 → ap-northeast-1", true),
                        new Objective("error rate", "at most 10.00 %", "1.00 % (2 of 200)", true),
                        new Objective("convergence", "within 2000 ms", "1000 ms", true),
                        new Objective("all regions hold the same", "always: equal digests at one cut", "proved", true),
                        new Objective("settings", "always: the same in all replicas", "the same", true));
        assertThat(report.passed()).isFalse();
    }

    private static StreamAuditor.Result stream(RegionId region, Set<String> written, Set<String> overwritten) {
        return new StreamAuditor.Result(region, 9, 0, 9, List.of(), written, overwritten, "");
    }

    private static DrillRecord withStreams(List<JsonNode> conflicts) throws Exception {
        DrillRecord known = record();
        // B never shows op0, which A's clients overwrote, nor op100; C shows all.
        return new DrillRecord(
                SCENARIO,
                CLOCK,
                known.timeline(),
                known.requests().subList(0, 3),
                known.events(),
                known.applied(),
                known.stateChanges(),
                known.reads(),
                known.cuts(),
                conflicts,
                known.calmMicros(),
                known.convergence(),
                List.of(
                        stream(A, Set.of("op0", "op100", "op200"), Set.of("op0")),
                        stream(B, Set.of("op200"), Set.of()),
                        stream(C, Set.of("op0", "op100", "op200"), Set.of())),
                known.drift());
    }

    @Test
    void aWriteThatARegionNeverShowedIsOverwrittenOrNamed() throws Exception {
        JsonNode named = new ObjectMapper().readTree("""
            {"loser": {"image": {"writeId": {"S": "op100"}}}}
            """);
        assertThat(LostWrites.of(withStreams(List.of()))).isEqualTo(new LostWrites(3, 1, List.of("op100")));
        assertThat(LostWrites.of(withStreams(List.of(named)))).isEqualTo(new LostWrites(3, 1, List.of()));
    }
}
