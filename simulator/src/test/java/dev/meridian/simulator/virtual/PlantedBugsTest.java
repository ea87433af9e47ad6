package dev.meridian.simulator.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.world.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws are worth something only if they object: to mistakes of the product they do, within a few seeds. */
class PlantedBugsTest {
    private static final int SEEDS = 12;

    private static Scenario scenario() throws IOException {
        try (InputStream in = PlantedBugsTest.class.getResourceAsStream("/scenarios/planted-bugs.yaml")) {
            return Scenarios.read(
                    "planted-bugs", "planted-bugs.yaml", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static SimulationResult run(Scenario scenario, long seed, Ports ports) {
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            return Simulation.traced(Plan.of("planted-bugs", scenario, seed), folder.path(), ports, line -> {});
        }
    }

    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void isFound(PlantedBug bug) throws IOException {
        Scenario scenario = scenario();
        for (long seed = 1; seed <= SEEDS; seed++) {
            SimulationResult result = run(scenario, seed, bug.ports());
            SimulationResult.BrokenLaw broken = result.broken();
            if (broken != null) {
                assertThat(bug.isBlamed(broken.law()))
                        .as(bug + " with seed " + seed + ": " + broken.what())
                        .isTrue();
                return;
            }
        }
        throw new AssertionError(bug + " was not found with " + SEEDS + " seeds");
    }

    @Test
    void nothingIsFoundWhereNothingIsPlanted() throws IOException {
        Scenario scenario = scenario();
        for (long seed = 1; seed <= SEEDS; seed++) {
            assertThat(run(scenario, seed, Ports.NONE).broken())
                    .as("with seed " + seed)
                    .isNull();
        }
    }
}
