package dev.meridian.simulator.cli;

import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.ScenarioException;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.scenario.Text;
import dev.meridian.simulator.virtual.Plan;
import dev.meridian.simulator.virtual.Ranges;
import dev.meridian.simulator.virtual.Simulation;
import dev.meridian.simulator.virtual.SimulationResult;
import dev.meridian.simulator.virtual.TemporaryFolder;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meridian simulate}: a scenario in virtual time, once or with many seeds. */
@Command(
        name = "simulate",
        description = "Run a scenario in virtual time, with all laws checked, and predict lag and loss.",
        sortOptions = false,
        footerHeading = "%n",
        footer = {
            "Exit codes: 0 all laws and objectives hold, 1 one does not, 2 wrong usage.",
            "A run is a function of scenario and seed: the same trace hash means that the same happened."
        })
final class SimulateCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int HOURS_MAX = 100_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "SCENARIO", description = "A name of the library, or a file.")
    private String source = "";

    @Option(names = "--seed", paramLabel = "N", description = "The seed. Default: 1")
    private @Nullable Long seed;

    @Option(names = "--seeds", paramLabel = "A..B", description = "All seeds from A to B, one run each.")
    private @Nullable String seeds;

    @Option(
            names = "--hours",
            paramLabel = "H",
            description = "Play the scenario again and again until so many hours of virtual time are over.")
    private double hours;

    @Option(
            names = "--probe",
            description = "With the writes by which a drill measures staleness: to be compared with one.")
    private boolean probed;

    @Option(names = "--json", description = "Print one JSON object for each run.")
    private boolean json;

    @Option(names = "--trace", description = "Print what happens, line by line, to read.")
    private boolean trace;

    @Option(
            names = "--faults",
            paramLabel = "LIST",
            description = "Only these entries of the timeline, by their places from 0, as 0,2..3; or none.")
    private String faults = "all";

    @Option(
            names = "--operations",
            paramLabel = "LIST",
            description = "Only these of the planned operations, by their places from 0; or none.")
    private String operations = "all";

    @Override
    public Integer call() {
        Scenario scenario = load();
        if (!(hours >= 0 && hours <= HOURS_MAX)) {
            throw wrong("--hours: between 0 and " + HOURS_MAX + ", not " + hours);
        }
        if (seed != null && seeds != null) {
            throw wrong("--seed and --seeds exclude each other");
        }
        Plan plan = new Plan(
                source,
                scenario,
                seed == null ? 1 : seed,
                ranges("--faults", faults),
                ranges("--operations", operations),
                Duration.ofMillis(Math.round(hours * 3_600_000)),
                probed);
        if (seeds == null) {
            return one(plan);
        }
        if (trace) {
            throw wrong("--trace: of one run, with --seed");
        }
        return many(plan, seeds);
    }

    private Scenario load() {
        try {
            return Scenarios.load(source);
        } catch (ScenarioException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Ranges ranges(String option, String text) {
        try {
            return switch (text) {
                case "all" -> Ranges.ALL;
                case "none" -> new Ranges(List.of());
                default -> Ranges.parse(text);
            };
        } catch (IllegalArgumentException illegal) {
            throw wrong(option + ": " + illegal.getMessage());
        }
    }

    private int one(Plan plan) {
        PrintWriter out = spec.commandLine().getOut();
        long began = System.nanoTime();
        SimulationResult result;
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            result = trace
                    ? Simulation.traced(plan, folder.path(), out::println)
                    : Simulation.run(plan, folder.path(), new Teller(plan, began));
        }
        long tookNanos = System.nanoTime() - began;
        SimulationReport report = new SimulationReport(plan, result, tookNanos);
        if (json) {
            out.println(report.json());
        } else {
            report.print(out);
        }
        if (result.broken() != null && !trace) {
            explain(plan, result);
        }
        out.flush();
        return report.passed() ? 0 : FAILED;
    }

    /** Tells now and then how far a run is. */
    private final class Teller implements Simulation.Progress {
        private final Plan plan;
        private final long began;
        private long told;

        Teller(Plan plan, long began) {
            this.plan = plan;
            this.began = began;
            this.told = began;
        }

        @Override
        public void at(Duration virtualTime, long requests) {
            long now = System.nanoTime();
            if (now - told >= PROGRESS_NANOS) {
                told = now;
                Duration whole = plan.whole().duration();
                spec.commandLine()
                        .getErr()
                        .printf(
                                Locale.ROOT,
                                "%s, seed %d: %.1f s of %s, %d requests, after %.0f s%n",
                                plan.source(),
                                plan.seed(),
                                virtualTime.toMillis() / 1e3,
                                Text.of(plan.atLeast().compareTo(whole) > 0 ? plan.atLeast() : whole),
                                requests,
                                (now - began) / 1e9);
            }
        }
    }

    private int many(Plan plan, String asked) {
        String[] ends = asked.split("\\.\\.", -1);
        if (ends.length != 2 || !ends[0].matches("-?\\d{1,18}") || !ends[1].matches("-?\\d{1,18}")) {
            throw wrong("--seeds: '" + asked + "' is not of the form A..B");
        }
        long from = Long.parseLong(ends[0]);
        long to = Long.parseLong(ends[1]);
        if (to < from) {
            throw wrong("--seeds: " + asked + " ends before it begins");
        }
        PrintWriter out = spec.commandLine().getOut();
        long began = System.nanoTime();
        List<SimulationReport> failed = new ArrayList<>();
        long[] counts = new long[3];
        long[] told = {began};
        Batch.run(plan, from, to, (each, result, tookNanos) -> {
            SimulationReport report = new SimulationReport(each, result, tookNanos);
            counts[0]++;
            counts[1] += result.requests();
            counts[2] += result.virtualTime().toMillis();
            if (json) {
                out.println(report.json());
            } else if (!report.passed()) {
                out.println(report.line());
            }
            out.flush();
            if (!report.passed()) {
                failed.add(report);
            }
            if (!json && System.nanoTime() - told[0] >= PROGRESS_NANOS) {
                told[0] = System.nanoTime();
                spec.commandLine()
                        .getErr()
                        .printf("%d of %d seeds, %d failed%n", counts[0], to - from + 1, failed.size());
            }
        });
        double seconds = (System.nanoTime() - began) / 1e9;
        if (!json) {
            out.printf(
                    Locale.ROOT,
                    "%d seeds, %d failed; %.1f s, %.0f seeds a minute, %.0f requests a second, %.0f times real time%n",
                    counts[0],
                    failed.size(),
                    seconds,
                    counts[0] * 60 / seconds,
                    counts[1] / seconds,
                    counts[2] / 1e3 / seconds);
        }
        failed.stream()
                .filter(report -> report.result().broken() != null)
                .findFirst()
                .ifPresent(report -> explain(report.plan(), report.result()));
        out.flush();
        return failed.isEmpty() ? 0 : FAILED;
    }

    /** Makes a run that broke a law as small as may be, and shows it. */
    private void explain(Plan plan, SimulationResult result) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("Looking for the smallest run that breaks the same law …");
        err.flush();
        List<String> lines = new ArrayList<>();
        Plan smallest = Batch.shrink(plan, result);
        try (TemporaryFolder folder = TemporaryFolder.make()) {
            Simulation.traced(smallest, folder.path(), lines::add);
        }
        err.println();
        lines.forEach(err::println);
        err.println();
        err.println("Again: " + smallest.command());
        err.flush();
    }
}
