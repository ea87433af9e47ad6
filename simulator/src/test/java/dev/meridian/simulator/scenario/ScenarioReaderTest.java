package dev.meridian.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScenarioReaderTest {
    private static final RegionId US = new RegionId("us-east-1");
    private static final RegionId EU = new RegionId("eu-west-1");

    private static final String GOOD = """
            description: a test
            duration: 60s
            regions: [us-east-1, eu-west-1, ap-northeast-1]
            links:
              roundTrips:
                us-east-1: {eu-west-1: 40ms}
              jitter: 1ms
              bandwidth: 80Mbit/s
              loss: 0.5%
            workloads:
              - {kind: bank, records: 10, keys: hot 90% of 2, itemBytes: 20..40, rate: 30/m}
            timeline:
              - {at: 1s, fault: link-cut, from: us-east-1, to: eu-west-1, both: true, for: 2s}
              - {at: 5s, fault: region-kill, region: eu-west-1}
            clients: {policy: fail-over, afterErrors: 3, to: {us-east-1: ap-northeast-1}}
            objectives: {rto: 2s, rpoItems: 10, errorRate: 1%}
            """;

    private static Scenario read(String text) {
        return Scenarios.read("test", "test.yaml", text);
    }

    static Iterable<String> library() {
        return Scenarios.names();
    }

    @ParameterizedTest
    @MethodSource("library")
    void theLibraryIsWellFormed(String name) {
        Scenario scenario = Scenarios.load(name);
        assertThat(scenario.name()).isEqualTo(name);
        assertThat(scenario.description()).contains(". ").hasSizeGreaterThan(200);
    }

    @Test
    void whatIsSaidIsRead() {
        Scenario scenario = read(GOOD);
        Link link = scenario.links().get(new RegionPair(EU, US));
        assertThat(link).isEqualTo(new Link(Duration.ofMillis(20), Duration.ofMillis(1), 10_000_000, 0.005));
        assertThat(scenario.links()
                        .get(new RegionPair(US, new RegionId("ap-northeast-1")))
                        .oneWay())
                .as("from the built-in table")
                .isEqualTo(Duration.ofNanos(74_500_000));
        assertThat(scenario.workloads().get(0).ratePerSecond()).containsEntry(US, 0.5);
        assertThat(scenario.workloads().get(0).keys()).isEqualTo(new KeyDistribution.Hot(0.9, 2));
        assertThat(scenario.clients().to())
                .containsEntry(US, new RegionId("ap-northeast-1"))
                .containsEntry(EU, US);
        assertThat(scenario.table("bank").replicas()).isEqualTo(scenario.regions());
        assertThat(scenario.steps())
                .containsExactly(
                        new Step(Duration.ofSeconds(1), new Fault.LinkCut(new RegionPair(US, EU))),
                        new Step(Duration.ofSeconds(1), new Fault.LinkCut(new RegionPair(EU, US))),
                        new Step(Duration.ofSeconds(3), new Fault.LinkMend(new RegionPair(US, EU))),
                        new Step(Duration.ofSeconds(3), new Fault.LinkMend(new RegionPair(EU, US))),
                        new Step(Duration.ofSeconds(5), new Fault.RegionKill(EU)));
        assertThat(scenario.healing()).containsExactly(new Fault.RegionStart(EU));
    }

    @Test
    void aRestoredFolderIsCopiedBeforehand() {
        Scenario scenario = read(GOOD.replace(
                "fault: region-kill, region: eu-west-1",
                "fault: folder-restored, region: eu-west-1, from: 4500ms, for: 3s"));
        assertThat(scenario.steps())
                .startsWith(new Step(Duration.ofMillis(500), new Fault.FolderCopied(EU)))
                .endsWith(
                        new Step(Duration.ofSeconds(5), new Fault.RegionKill(EU)),
                        new Step(Duration.ofSeconds(5), new Fault.FolderRestored(EU, Duration.ofMillis(4_500), true)),
                        new Step(Duration.ofSeconds(8), new Fault.RegionStart(EU)));
        assertThat(scenario.healing()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "duration: 60s | duration: soon | line 2, field duration: 'soon' is no time",
                "duration: 60s | duratoin: 60s | line 1, field duration: missing",
                "description: a test | description: a test\\ncolour: red | line 2, field colour: unknown field; known",
                "us-east-1: {eu-west-1: 40ms} | us-east-1: {mars-1: 40ms} | line 6, field links.roundTrips.us-east-1.mars-1: 'mars-1' is none",
                "regions: [us-east-1, | regions: [moon-1, us-east-1, | field links.roundTrips: nothing is said of moon-1",
                "kind: bank | kind: bnak | line 11, field workloads[0].kind: 'bnak' is none of ycsb-a",
                "hot 90% of 2 | sometimes | line 11, field workloads[0].keys: 'sometimes' is none of",
                "rate: 30/m | rate: 0 | line 11, field workloads[0].rate: must be more than 0",
                "fault: region-kill | fault: region-hug | line 14, field timeline[1].fault: 'region-hug' is none of",
                "at: 5s | at: 70s | line 14, field timeline[1].at: 70s is behind the scenario's duration of 1m",
                "fault: region-kill, region: eu-west-1 | fault: region-kill | line 14, field timeline[1].region: missing",
                "both: true | both: perhaps | line 13, field timeline[0].both: 'perhaps' is neither true nor false",
                "fault: region-kill, region: eu-west-1 | fault: log-expiry, region: eu-west-1, for: 3s | field timeline[1].for: log-expiry happens once",
                "fault: region-kill, region: eu-west-1 | fault: store-restored, region: eu-west-1, from: 2s | field timeline[1].for: missing",
                "fault: region-kill, region: eu-west-1 | fault: folder-restored, region: eu-west-1, from: 9s, for: 1s | field timeline[1].from: 9s ago is before the load begins",
                "afterErrors: 3, | `` | line 15, field clients.policy: fail-over needs afterErrors",
                "loss: 0.5% | loss: 100% | line 9, field links.loss: a link that loses all is one that is cut",
                "bandwidth: 80Mbit/s | bandwidth: much | line 8, field links.bandwidth: 'much' is no bandwidth",
                "errorRate: 1% | errorRate: 101% | line 16, field objectives.errorRate: '101%' is more than 100%",
                "description: a test | description: a test\\ndescription: b | line 2: field description is there twice",
                "workloads: | workloads: nothing\\nx: | field workloads: a list is expected, not 'nothing'",
                "duration: 60s | duration: [1 | line",
            })
    void mistakesAreNamedWithLineAndField(String good, String bad, String message) {
        String text = GOOD.replace(good.strip(), bad.strip().replace("\\n", "\n"));
        assertThat(text).isNotEqualTo(GOOD);
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(ScenarioException.class)
                .hasMessageStartingWith("test.yaml: line ")
                .hasMessageContaining(message.strip());
    }

    @Test
    void aScenarioThatIsNowhereIsToldWhereItCouldBe() {
        assertThatThrownBy(() -> Scenarios.load("no-such"))
                .isInstanceOf(ScenarioException.class)
                .hasMessageContaining("no-such")
                .hasMessageContaining("region-outage");
    }

    @Test
    void theLatenciesAreTheSameBothWays() {
        LatencyTable table = LatencyTable.aws();
        assertThat(table.regions()).hasSizeGreaterThan(10);
        for (RegionId from : table.regions()) {
            for (RegionId to : table.regions()) {
                if (!from.equals(to)) {
                    RegionPair pair = new RegionPair(from, to);
                    assertThat(table.roundTrip(pair)).isPresent().isEqualTo(table.roundTrip(pair.reversed()));
                }
            }
        }
    }
}
