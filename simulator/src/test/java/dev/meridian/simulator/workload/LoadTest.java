package dev.meridian.simulator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.scenario.WorkloadKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadTest {
    private static Scenario scenario(WorkloadKind kind, String more) {
        return Scenarios.read("test", "test.yaml", """
                description: a test
                duration: 60s
                regions: [us-east-1, eu-west-1]
                workloads:
                  - {kind: %s, table: things, records: 200, itemBytes: 50..100, rate: 20/s%s}
                """.formatted(kind.label(), more));
    }

    private static List<PlannedOperation> all(Scenario scenario, long seed) {
        List<PlannedOperation> all = new ArrayList<>();
        new Load(scenario, seed).forEachRemaining(all::add);
        return all;
    }

    @ParameterizedTest
    @EnumSource(WorkloadKind.class)
    void oneSeedIsOneLoad(WorkloadKind kind) {
        Scenario scenario = scenario(kind, "");
        assertThat(all(scenario, 7)).isEqualTo(all(scenario, 7)).isNotEqualTo(all(scenario, 8));
    }

    @ParameterizedTest
    @EnumSource(WorkloadKind.class)
    void comesInOrderAtItsRateFromAllRegions(WorkloadKind kind) {
        List<PlannedOperation> all = all(scenario(kind, ""), 1);
        assertThat(all)
                .hasSizeBetween(2_100, 2_700)
                .isSortedAccordingTo((one, other) -> Long.compare(one.atMicros(), other.atMicros()));
        Set<String> ids = new HashSet<>();
        Set<String> homes = new HashSet<>();
        for (PlannedOperation operation : all) {
            assertThat(ids.add(operation.id())).isTrue();
            homes.add(operation.home().value());
        }
        assertThat(homes).containsExactlyInAnyOrder("us-east-1", "eu-west-1");
    }

    @ParameterizedTest
    @EnumSource(WorkloadKind.class)
    void itemsNameTheOperationThatWroteThem(WorkloadKind kind) {
        for (PlannedOperation operation : all(scenario(kind, ""), 1)) {
            for (ItemRequest step : operation.steps()) {
                String body = new String(step.body(), StandardCharsets.UTF_8);
                boolean names = body.contains("\"S\":\"" + operation.id() + "\"");
                assertThat(names).isEqualTo(step.writes() && !(step instanceof ItemRequest.DeleteItem));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WorkloadKind.class)
    void keepsToItsTime(WorkloadKind kind) {
        assertThat(all(scenario(kind, ", start: 20s, stop: 30s"), 3))
                .isNotEmpty()
                .allSatisfy(operation -> assertThat(operation.atMicros()).isBetween(20_000_000L, 30_000_000L - 1));
    }
}
