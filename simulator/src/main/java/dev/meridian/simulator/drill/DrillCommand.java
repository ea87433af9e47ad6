package dev.meridian.simulator.drill;

import dev.meridian.node.OwnerOnly;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.simulator.report.DrillReport;
import dev.meridian.simulator.report.Prediction;
import dev.meridian.simulator.report.ReportFiles;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.ScenarioException;
import dev.meridian.simulator.scenario.Scenarios;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meridian drill}: a scenario on real regions, and a report. */
@Command(
        name = "drill",
        description = "Break a real cluster as a scenario says, under load, and report what it cost.",
        sortOptions = false,
        footerHeading = "%n",
        footer = {
            "Starts one process for each region of the scenario, on loopback, and stops them all at the end.",
            "Exit codes: 0 all objectives hold, 1 some do not, or it could not be played.",
            "Example: meridian drill region-outage --out reports/region-outage"
        })
public final class DrillCommand implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;
    private static final int WARM_UP_SECONDS_MAX = 3_600;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SCENARIO", description = "A scenario of the library, or a file.")
    private String name = "";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where report.html, report.json and junit.xml go. Default: reports/SCENARIO")
    private @Nullable Path directory;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of keys, items and links. Default: 1")
    private long seed;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "Of load before what is measured begins. Default: 5")
    private int warmUpSeconds;

    @Option(
            names = "--baseline",
            paramLabel = "FILE",
            description = "The report.json of an earlier drill, to show what differs.")
    private @Nullable Path baseline;

    @Option(
            names = "--prediction",
            paramLabel = "FILE",
            description = "What 'meridian simulate SCENARIO --json' printed, to show it beside what is measured.")
    private @Nullable Path prediction;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Keep the regions' data and logs in this folder, which must be empty.")
    private @Nullable Path keep;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (warmUpSeconds < 1 || warmUpSeconds > WARM_UP_SECONDS_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--warm-up: between 1 and " + WARM_UP_SECONDS_MAX + " s, not " + warmUpSeconds);
        }
        Scenario scenario = scenario();
        DrillReport before = baseline == null ? null : ReportFiles.read(baseline);
        Prediction predicted = prediction == null ? null : ReportFiles.readPrediction(prediction);
        DrillReport report = run(scenario, predicted, out);
        Path to = directory == null ? Path.of("reports", scenario.name()) : directory;
        ReportFiles.write(report, before, to);
        report.objectives()
                .forEach(objective -> out.printf(
                        "%-6s %s: %s (%s)%n",
                        objective.passed() == null ? "?" : objective.passed() ? "passed" : "FAILED",
                        objective.name(),
                        objective.measured(),
                        objective.asked()));
        out.printf("%n%s  %s%n", report.passed() ? "PASSED" : "FAILED", to.resolve(ReportFiles.HTML));
        out.flush();
        return report.passed() ? 0 : EXIT_FAILED;
    }

    private Scenario scenario() {
        try {
            return Scenarios.load(name);
        } catch (ScenarioException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
    }

    private DrillReport run(Scenario scenario, @Nullable Prediction predicted, PrintWriter out) throws IOException {
        Path folder = folder();
        try (Drill drill = new Drill(
                scenario, seed, folder, keep != null, Duration.ofSeconds(warmUpSeconds), out, InstantSource.system())) {
            // When it returns the process ends, whatever the drill is at.
            Thread onSignal = new Thread(drill::close, "stop-drill");
            Runtime.getRuntime().addShutdownHook(onSignal);
            DrillReport report = drill.run(version(), predicted);
            Runtime.getRuntime().removeShutdownHook(onSignal);
            return report;
        } catch (DrillFailedException failed) {
            throw new CommandFailedException(String.valueOf(failed.getMessage()));
        }
    }

    private Path folder() throws IOException {
        Path asked = keep;
        if (asked == null) {
            return Files.createTempDirectory("meridian-drill-");
        }
        OwnerOnly.createFolders(asked);
        try (var content = Files.list(asked)) {
            if (content.findAny().isPresent()) {
                throw new CommandFailedException("--keep: " + asked + " is not empty");
            }
        }
        return asked.toAbsolutePath();
    }

    private static String version() {
        String version = DrillCommand.class.getPackage().getImplementationVersion();
        return version == null ? "development build" : version;
    }
}
