package dev.meridian.simulator.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.TextTable;
import dev.meridian.simulator.load.Measurements.Measured;
import dev.meridian.simulator.scenario.ByteRange;
import dev.meridian.simulator.scenario.KeyDistribution;
import dev.meridian.simulator.scenario.WorkloadKind;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian bench}: a workload against any DynamoDB endpoint. */
@Command(
        name = "bench",
        description = "Measure throughput and latency of any DynamoDB endpoint under a workload.",
        sortOptions = false,
        footerHeading = "%n",
        footer = {
            "With --rate requests are sent at that rate whether answers come or not, and latency counts from when each"
                    + " was",
            "due. With --connections each waits for its answer; the row 'corrected' then says what clients would have",
            "felt who do not wait for each other.",
            "Credentials are those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, with --sign.",
            "Example: meridian bench --workload ycsb-a --rate 500 --duration 30"
        })
public final class BenchCommand implements Callable<Integer> {
    private static final int EXIT_ERRORS = 1;
    private static final long SAY_SECONDS = 15;
    private static final double[] PERCENTILES = {50, 95, 99, 99.9};

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            defaultValue = "http://localhost:8000",
            description = "Any DynamoDB endpoint. Default: ${DEFAULT-VALUE}")
    private String endpoint = "";

    @Option(
            names = "--region",
            paramLabel = "NAME",
            defaultValue = "us-east-1",
            description = "The region that requests are signed for. Default: ${DEFAULT-VALUE}")
    private String region = "";

    @Option(
            names = "--workload",
            paramLabel = "KIND",
            defaultValue = "ycsb-a",
            description =
                    "ycsb-a to ycsb-f, session-store, leaderboard, shopping-cart, bank. Default: ${DEFAULT-VALUE}")
    private String workload = "";

    @Option(names = "--rate", paramLabel = "N", description = "Operations a second: an open loop.")
    private @Nullable Double rate;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Operations at a time: a closed loop. Default, without --rate: 16")
    private @Nullable Integer connections;

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long. Default: ${DEFAULT-VALUE}")
    private int seconds;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Items, sessions, players, carts or accounts. Default: ${DEFAULT-VALUE}")
    private int records;

    @Option(
            names = "--item-bytes",
            paramLabel = "N",
            defaultValue = "400",
            description = "About how large an item is. Default: ${DEFAULT-VALUE}")
    private int itemBytes;

    @Option(
            names = "--uniform",
            description = "Each record as often as any other; by default some are popular, by Zipf's law.")
    private boolean uniform;

    @Option(
            names = "--table",
            paramLabel = "NAME",
            description = "Made if it is not there, and left. Default: bench-KIND")
    private @Nullable String table;

    @Option(names = "--no-setup", description = "The table is there and filled: neither make nor fill it.")
    private boolean noSetup;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of keys and items. Default: 1")
    private long seed;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Option(names = "--sign", description = "Sign each request with the credentials of the environment, for AWS.")
    private boolean sign;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Bench.Pace pace = pace();
        Bench bench = new Bench(target(), signature(), workload(pace), pace, seed, !noSetup);
        CountDownLatch said = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(bench, said), "stop-bench"));
        try {
            return run(bench, out);
        } finally {
            said.countDown();
        }
    }

    /** Asked to end early, it says what it has measured until then. */
    private static void stop(Bench bench, CountDownLatch said) {
        bench.stop();
        try {
            boolean unused = said.await(SAY_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    private int run(Bench bench, PrintWriter out) throws InterruptedException {
        Bench.Result result;
        try {
            result = bench.run(() -> say(out, "running %s for %d s%n", workload, seconds), each -> progress(each, out));
        } catch (TableSetup.SetupFailedException cannot) {
            throw new CommandFailedException(String.valueOf(cannot.getMessage()));
        }
        if (json) {
            out.println(json(result).toPrettyString());
        } else {
            table(result, out);
        }
        out.flush();
        return result.measurements().total().errors() == 0 ? 0 : EXIT_ERRORS;
    }

    private void say(PrintWriter out, String format, Object... values) {
        if (!json) {
            out.printf(Locale.ROOT, format, values);
            out.flush();
        }
    }

    private void progress(Bench.Progress progress, PrintWriter out) {
        Histogram since = progress.since().latencyMicros();
        say(
                out,
                "%4d s  %6d/s  p50 %s  p99 %s  errors %d%n",
                progress.secondsSinceBegin(),
                since.getTotalCount(),
                millis(since.getValueAtPercentile(50)),
                millis(since.getValueAtPercentile(99)),
                progress.since().errors());
    }

    private Endpoint target() {
        try {
            return Endpoint.of(endpoint, new RegionId(region).value());
        } catch (IllegalArgumentException wrong) {
            throw refused("--endpoint or --region: " + wrong.getMessage());
        }
    }

    private Signature signature() {
        return sign ? AwsSignature.fromEnvironment(System.getenv()) : Signature.ANYBODY;
    }

    private ParameterException refused(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    private Bench.Pace pace() {
        Double perSecond = rate;
        Integer count = connections;
        if (perSecond != null && count != null) {
            throw refused("--rate and --connections exclude each other");
        }
        if (perSecond != null) {
            if (!(perSecond > 0 && perSecond <= 100_000)) {
                throw refused("--rate is above 0 and at most 100000");
            }
            return new Bench.Pace.Rate(perSecond);
        }
        int atATime = count == null ? 16 : count;
        if (atATime < 1 || atATime > 10_000) {
            throw refused("--connections is between 1 and 10000");
        }
        return new Bench.Pace.Connections(atATime);
    }

    private WorkloadSpec workload(Bench.Pace pace) {
        WorkloadKind kind = WorkloadKind.of(workload)
                .orElseThrow(() -> refused("--workload: '" + workload + "' is none of "
                        + String.join(
                                ", ",
                                Arrays.stream(WorkloadKind.values())
                                        .map(WorkloadKind::label)
                                        .toList())));
        if (seconds < 1 || seconds > 86_400) {
            throw refused("--duration is between 1 and 86400 seconds");
        }
        if (records < 2 || records > WorkloadSpec.RECORDS_MAX) {
            throw refused("--records is between 2 and " + WorkloadSpec.RECORDS_MAX);
        }
        if (itemBytes < 0 || itemBytes > 390_000) {
            throw refused("--item-bytes is at most 390000");
        }
        double perSecond = pace instanceof Bench.Pace.Rate open ? open.perSecond() : 1;
        String named = table;
        return new WorkloadSpec(
                kind.label(),
                kind,
                named == null ? "bench-" + kind.label() : named,
                records,
                uniform
                        ? new KeyDistribution.Uniform()
                        : new KeyDistribution.Zipfian(KeyDistribution.Zipfian.EXPONENT_DEFAULT),
                new ByteRange(itemBytes, itemBytes),
                new TreeMap<>(Map.of(new RegionId(region), perSecond)),
                Duration.ZERO,
                Duration.ofSeconds(seconds));
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f ms", micros / 1_000.0);
    }

    private static void table(Bench.Result result, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("OPERATION", "REQUESTS", "PER SECOND", "ERRORS", "MEAN", "P50", "P95", "P99", "P99.9", "MAX"));
        result.measurements().byOperation().forEach((name, measured) -> rows.add(row(name, measured, result)));
        Measured total = result.measurements().total();
        rows.add(row("all", total, result));
        Histogram corrected = result.correctedMicros();
        if (corrected != null) {
            List<String> row = new ArrayList<>(List.of("corrected", "", "", ""));
            row.addAll(latencies(corrected));
            rows.add(row);
        }
        out.println();
        TextTable.print(rows, out);
        if (total.errors() > 0) {
            out.printf("%nERRORS   %s%n", total.outcomes());
        }
    }

    private static List<String> row(String name, Measured measured, Bench.Result result) {
        List<String> row = new ArrayList<>(List.of(
                name,
                String.valueOf(measured.count()),
                String.format(Locale.ROOT, "%.1f", measured.count() / result.seconds()),
                String.valueOf(measured.errors())));
        row.addAll(latencies(measured.latencyMicros()));
        return row;
    }

    private static List<String> latencies(Histogram micros) {
        List<String> cells = new ArrayList<>();
        cells.add(millis((long) micros.getMean()));
        for (double percentile : PERCENTILES) {
            cells.add(millis(micros.getValueAtPercentile(percentile)));
        }
        cells.add(millis(micros.getMaxValue()));
        return cells;
    }

    private ObjectNode json(Bench.Result result) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("format", 1)
                .put("endpoint", endpoint)
                .put("workload", workload)
                .put("seconds", result.seconds())
                .put("seed", seed)
                .put("loop", rate == null ? "closed" : "open");
        if (rate != null) {
            root.put("ratePerSecond", rate);
        }
        Measured total = result.measurements().total();
        describe(total, result, root.putObject("total"));
        Histogram corrected = result.correctedMicros();
        if (corrected != null) {
            latencies(corrected, root.putObject("corrected"));
        }
        ObjectNode operations = root.putObject("operations");
        result.measurements()
                .byOperation()
                .forEach((name, measured) -> describe(measured, result, operations.putObject(name)));
        return root;
    }

    private static void describe(Measured measured, Bench.Result result, ObjectNode json) {
        json.put("requests", measured.count())
                .put("perSecond", measured.count() / result.seconds())
                .put("errors", measured.errors());
        ObjectNode outcomes = json.putObject("outcomes");
        measured.outcomes().forEach((outcome, count) -> outcomes.put(outcome.name(), count));
        latencies(measured.latencyMicros(), json.putObject("latencyMillis"));
    }

    private static void latencies(Histogram micros, ObjectNode json) {
        json.put("mean", micros.getMean() / 1_000);
        for (double percentile : PERCENTILES) {
            String name = "p" + (percentile == (long) percentile ? String.valueOf((long) percentile) : "99.9");
            json.put(name, micros.getValueAtPercentile(percentile) / 1_000.0);
        }
        json.put("max", micros.getMaxValue() / 1_000.0);
    }
}
