package dev.meridian.simulator.comparison;

import dev.meridian.simulator.report.CurvesPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How what Meridian costs grows: with data, regions, tables, items' bytes, indexes; and what it bears for long. */
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 110,
        description =
                "Measures how Meridian's costs grow. What is asked for is measured, in the order of these options.")
public final class Scale implements Callable<Integer> {
    private static final int ITEMS_MAX = 99_999_900;
    private static final int TABLES_MAX = 2_500;
    private static final int INDEXES_MAX = 20;
    private static final int ROUNDS_MAX = 100;
    private static final int SECONDS_MAX = 3_600;

    @Option(
            names = "--items",
            split = ",",
            paramLabel = "N",
            description = "Loads a table up to each of these numbers, multiples of 100, and measures there.")
    private List<Integer> items = List.of();

    @Option(
            names = "--regions",
            split = ",",
            paramLabel = "N",
            description = "A table with replicas in N regions, 1 to 5.")
    private List<Integer> regions = List.of();

    @Option(names = "--tables", split = ",", paramLabel = "N", description = "Items in N tables, 1 to 2500.")
    private List<Integer> tables = List.of();

    @Option(
            names = "--item-bytes",
            split = ",",
            paramLabel = "N",
            description = "Items with a value of N bytes, beside a key; an item has 400 KB at most.")
    private List<Integer> itemBytes = List.of();

    @Option(names = "--indexes", split = ",", paramLabel = "N", description = "N global secondary indexes, 0 to 20.")
    private List<Integer> indexes = List.of();

    @Option(names = "--half-rate", description = "Latency of PutItem at half of the maximum rate.")
    private boolean halfRate;

    @Option(names = "--empty", paramLabel = "N", description = "Memory and start of N empty regions, 1 to 5.")
    private int empty;

    @Option(
            names = "--sustained",
            arity = "0..1",
            fallbackValue = "300",
            paramLabel = "SECONDS",
            description = "The rate that three replicas with streams keep up with, held so long. Default: 300")
    private int sustained;

    @Option(
            names = "--sustained-rate",
            paramLabel = "N",
            description = "Holds N writes a second instead of the highest rate found.")
    private double sustainedRate;

    @Option(
            names = "--sustained-step",
            defaultValue = "15",
            paramLabel = "SECONDS",
            description = "Of each rate tried to find it. Default: 15")
    private int sustainedStep;

    @Option(names = "--seconds", defaultValue = "5", description = "Of each measure. Default: 5")
    private int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "Of each kind of request after a start. Default: 10")
    private int warmUp;

    @Option(names = "--rounds", defaultValue = "3", description = "Of --half-rate and --empty. Default: 3")
    private int rounds;

    @Option(
            names = "--value-bytes",
            defaultValue = "1000",
            description = "Of items, if not said otherwise. Default: 1000")
    private int valueBytes;

    @Option(names = "--scan-pages", defaultValue = "100", description = "That a Scan reads at most. Default: 100")
    private int scanPages;

    @Option(names = "--connections", defaultValue = "32", description = "Of a closed loop. Default: 32")
    private int connections;

    @Option(
            names = "--heap",
            defaultValue = "512m",
            description = "Of a server, as -Xmx has it. Default: 512m, as it comes")
    private String heap = "512m";

    @Option(
            names = "--patience",
            defaultValue = "60",
            paramLabel = "MINUTES",
            description = "For a load, and for changes to be published and applied. Default: 60")
    private int patience;

    @Option(names = "--launcher", required = true, description = "The file meridian.")
    private Path launcher = Path.of("meridian");

    @Option(names = "--built", required = true, description = "By which the launcher knows that it need not build.")
    private Path built = Path.of("");

    @Option(
            names = "--folder",
            required = true,
            description = "For data, logs and scale.html: on the disk that is measured.")
    private Path folder = Path.of("");

    @Spec
    private CommandSpec spec;

    private static final int VALUE_BYTES_MAX = ItemRequests.ITEM_BYTES_MAX - ItemRequests.OTHER_BYTES;

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Scale())
                // Those that the build gives are defaults.
                .setOverwrittenOptionsAllowed(true)
                .setExecutionExceptionHandler((failed, line, parsed) -> {
                    line.getErr().println("scale: " + failed.getMessage());
                    return line.getCommandSpec().exitCodeOnExecutionException();
                });
    }

    @Override
    public Integer call() throws IOException {
        List<Study> studies = studies();
        Files.createDirectories(folder);
        // Maven has packaged everything a moment ago.
        Files.writeString(built, "");
        Path data = folder.toAbsolutePath()
                .resolve("data-" + ProcessHandle.current().pid());
        Files.createDirectories(data);
        PrintWriter out = spec.commandLine().getOut();
        CurvesPage page = new CurvesPage("How Meridian's costs grow", machine());
        Path picture = folder.resolve("scale.html");
        try (HttpLoad load = new HttpLoad(connections)) {
            Rig rig = new Rig(
                    launcher.toAbsolutePath(), data, load, seconds, warmUp, heap, Duration.ofMinutes(patience), out);
            for (Study study : studies) {
                for (Figures figures : study.run(rig)) {
                    figures.print(out);
                    figures.addTo(page);
                }
                // What was measured for an hour is there whatever comes next.
                page.write(picture);
            }
        }
        Folders.delete(data);
        out.printf("%n%s%n", picture);
        return 0;
    }

    private List<Study> studies() {
        between("--seconds", List.of(seconds), 1, SECONDS_MAX);
        between("--warm-up", List.of(warmUp), 1, SECONDS_MAX);
        between("--rounds", List.of(rounds), 1, ROUNDS_MAX);
        between("--value-bytes", List.of(valueBytes), 1, VALUE_BYTES_MAX);
        between("--scan-pages", List.of(scanPages), 1, Integer.MAX_VALUE);
        between("--connections", List.of(connections), 1, 1_000);
        between("--patience", List.of(patience), 1, 24 * 60);
        between("--sustained-step", List.of(sustainedStep), 3, SECONDS_MAX);
        check(heap.matches("[1-9]\\d*[kKmMgG]"), "--heap: '" + heap + "' is not of the form 512m");
        check(Files.isExecutable(launcher), "--launcher: " + launcher + " cannot be run");
        List<Study> studies = new ArrayList<>();
        if (ascending("--items", items, ItemRequests.PARTITION, ITEMS_MAX)) {
            check(
                    items.stream().allMatch(each -> each % ItemRequests.PARTITION == 0),
                    "--items: all must be multiples of " + ItemRequests.PARTITION);
            studies.add(new DataStudy(items, valueBytes, scanPages));
        }
        if (ascending("--regions", regions, 1, MeridianProcess.REGIONS.size())) {
            studies.add(new RegionsStudy(regions, valueBytes));
        }
        if (ascending("--tables", tables, 1, TABLES_MAX)) {
            studies.add(new TablesStudy(tables, valueBytes));
        }
        if (ascending("--item-bytes", itemBytes, 1, VALUE_BYTES_MAX)) {
            studies.add(new ItemBytesStudy(itemBytes));
        }
        if (ascending("--indexes", indexes, 0, INDEXES_MAX)) {
            studies.add(new IndexesStudy(indexes, valueBytes));
        }
        if (halfRate) {
            studies.add(new HalfRateStudy(rounds, valueBytes));
        }
        if (isGiven("--empty")) {
            between("--empty", List.of(empty), 1, MeridianProcess.REGIONS.size());
            studies.add(new EmptyStudy(empty, rounds));
        }
        if (isGiven("--sustained")) {
            between("--sustained", List.of(sustained), 3, SECONDS_MAX);
            check(sustainedRate > 0 || !isGiven("--sustained-rate"), "--sustained-rate: must be above 0");
            studies.add(new SustainedStudy(sustained, sustainedStep, sustainedRate, valueBytes));
        }
        check(
                !studies.isEmpty(),
                "Nothing to measure: give one of --items, --regions, --tables, --item-bytes, --indexes, --half-rate,"
                        + " --empty, --sustained");
        return studies;
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** @return whether there are any */
    private boolean ascending(String option, List<Integer> values, int least, int most) {
        between(option, values, least, most);
        check(
                values.equals(values.stream().sorted().distinct().toList()),
                option + ": must be in ascending order, each once");
        return !values.isEmpty();
    }

    private void between(String option, List<Integer> values, int least, int most) {
        for (int value : values) {
            check(
                    value >= least && value <= most,
                    String.format(Locale.ROOT, "%s: %d is not between %d and %d", option, value, least, most));
        }
    }

    private void check(boolean right, String otherwise) {
        if (!right) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, Java "
                + Runtime.version().feature() + "; the client is on the same machine.";
    }
}
