package dev.meridian.simulator.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.world.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimulationTest {
    /** More with {@code -Dmeridian.simulated=N}. */
    private static final int SMOKE_SEEDS = Integer.getInteger("meridian.simulated", 30);

    private static Plan plan(String name, long seed) {
        return Plan.of(name, Scenarios.load(name), seed);
    }

    private static SimulationResult run(Plan plan) {
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            return Simulation.run(plan, folder.path(), (at, requests) -> {});
        }
    }

    static Iterable<String> library() {
        return Scenarios.names();
    }

    @ParameterizedTest
    @MethodSource("library")
    void allLawsAndObjectivesHoldInTheLibrary(String name) {
        Plan plan = plan(name, 1);
        SimulationResult result = run(plan);
        assertThat(result.broken()).as(plan.command()).isNull();
        assertThat(Verdict.of(plan.whole().objectives(), result))
                .as(plan.command())
                .allMatch(Verdict::passed);
        assertThat(result.requests()).isPositive();
        assertThat(result.lagMicros().values()).anyMatch(lag -> lag.getTotalCount() > 0);
    }

    @Test
    void allLawsHoldInTheSmokeScenario() {
        for (long seed = 100; seed < 100 + SMOKE_SEEDS; seed++) {
            Plan plan = plan("smoke", seed);
            SimulationResult result = run(plan);
            assertThat(result.broken()).as(plan.command()).isNull();
            assertThat(result.conflicts()).isPositive();
        }
    }

    @Test
    void anotherSeedIsAnotherTrace() {
        assertThat(run(plan("smoke", 1)).traceHash())
                .isNotEqualTo(run(plan("smoke", 2)).traceHash());
    }

    /** A JVM of its own, on another release if there is one, comes to the same. */
    @Test
    void oneSeedIsOneTraceInAnyJvm() throws IOException, InterruptedException {
        Path java = anotherJava();
        List<String> command = new ArrayList<>(List.of(
                java.toString(),
                "--add-opens",
                "java.base/java.nio=ALL-UNNAMED",
                "--add-opens",
                "java.base/sun.nio.ch=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.meridian.node.cli.Meridian",
                "simulate",
                "smoke",
                "--seed",
                "7",
                "--json"));
        Process other = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(other.waitFor()).as(said).isZero();
        String json =
                said.lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow();
        JsonNode result = new ObjectMapper().readTree(json);
        assertThat(result.path("traceHash").asText())
                .as("in " + java + " and here")
                .isEqualTo(run(plan("smoke", 7)).traceHash());
    }

    private static Path anotherJava() throws IOException {
        Path here = Path.of(System.getProperty("java.home"));
        Path siblings = Path.of("/usr/lib/jvm");
        List<Path> homes = new ArrayList<>();
        if (Files.isDirectory(siblings)) {
            try (Stream<Path> all = Files.list(siblings)) {
                all.sorted().forEach(homes::add);
            }
        }
        for (Path home : homes) {
            Path release = home.resolve("release");
            boolean other = Files.isExecutable(home.resolve("bin/java"))
                    && Files.exists(release)
                    && !Files.readString(release).contains("JAVA_VERSION=\"17");
            if (other && !home.toRealPath().equals(here.toRealPath())) {
                return home.resolve("bin/java");
            }
        }
        return here.resolve("bin/java");
    }

    @Test
    void playsAScenarioUntilItsTimeIsOver() {
        Plan once = plan("smoke", 3);
        Duration time = Duration.ofSeconds(25);
        Plan longer = new Plan("smoke", once.whole(), 3, Ranges.ALL, Ranges.ALL, time, true);
        SimulationResult result = run(longer);
        assertThat(result.broken()).isNull();
        assertThat(result.virtualTime()).isGreaterThanOrEqualTo(time);
        assertThat(result.requests()).isGreaterThan(run(once).requests());
    }

    @Test
    void whatFailsIsMadeSmallerAndFailsAgain() {
        Plan plan = plan("smoke", 1);
        SimulationResult failed = runWith(plan);
        assertThat(failed.broken()).isNotNull();
        int[] runs = {0};
        Plan smallest = Shrinker.shrink(SimulationTest::runWith, plan, failed, () -> runs[0]++ < 200);
        SimulationResult again = runWith(smallest);
        assertThat(again.broken()).isNotNull();
        assertThat(again.broken().law()).isEqualTo(failed.broken().law());
        assertThat(again.requests()).as("a conflict takes two").isEqualTo(2);
        assertThat(smallest.scenario().timeline()).isEmpty();
        assertThat(smallest.command()).startsWith("./meridian simulate smoke --seed 1 --faults none --operations ");
    }

    private static SimulationResult runWith(Plan plan) {
        Ports bug = PlantedBug.CONFLICT_NOT_RECORDED.ports();
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            return Simulation.traced(plan, folder.path(), bug, line -> {});
        }
    }
}
