package dev.meridian.simulator.comparison;

import dev.meridian.node.cli.client.TextTable;
import dev.meridian.simulator.comparison.HttpLoad.Measured;
import dev.meridian.simulator.comparison.HttpLoad.Requests;
import dev.meridian.simulator.load.Endpoint;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Meridian beside what bounds it and what it is chosen over, on one machine, with one client, in interleaved rounds: what
 * else the machine does hits all of them. Ratios are what counts, and those of one round are taken of each other.
 */
@Command(name = "comparison", mixinStandardHelpOptions = true, description = "Measures Meridian beside others.")
public final class Comparison implements Callable<Integer> {
    private static final int KILO = 1_024;
    private static final int TRANSACTION_ITEMS = 10;

    @Option(names = "--seconds", defaultValue = "5", description = "Of each measure in a round. Default: 5")
    private int seconds;

    @Option(names = "--rounds", defaultValue = "3", description = "Default: 3")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "15",
            description = "Seconds of each measure before the rounds, for compilers. Default: 15")
    private int warmUpSeconds;

    @Option(names = "--connections", defaultValue = "32", description = "Default: 32")
    private int connections;

    @Option(names = "--only", split = ",", description = "Measures; ratios of others are left out. Default: all")
    private List<String> only = List.of();

    @Option(names = "--launcher", required = true, description = "The file meridian.")
    private Path launcher = Path.of("meridian");

    @Option(names = "--built", required = true, description = "By which the launcher knows that it need not build.")
    private Path built = Path.of("");

    @Option(names = "--dynamodb-local", required = true, description = "Folder of its jars.")
    private Path dynamoDbLocal = Path.of("");

    @Option(names = "--folder", required = true, description = "For data and logs: on the disk that is measured.")
    private Path folder = Path.of("");

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private final Map<Measure, List<Measured>> measured = new EnumMap<>(Measure.class);
    private final Map<Measure, List<Double>> serverMicros = new EnumMap<>(Measure.class);
    private final List<Allocation> perGet = new ArrayList<>();
    private final List<Allocation> perPut = new ArrayList<>();
    private int batch = 1;

    /** Of the measure under way, in seconds. */
    private int length;

    /** What a region allocates for one request, in bytes. @param eventLoops the threads that serve HTTP */
    private record Allocation(double all, double eventLoops) {}

    /** One measure by another, of the same round. */
    private record Ratio(Measure measure, Measure by) {}

    private static final List<Ratio> RATIOS = List.of(
            new Ratio(Measure.GET, Measure.CEILING_GET),
            new Ratio(Measure.PUT, Measure.CEILING_PUT),
            new Ratio(Measure.REPLICATED_PUT, Measure.CEILING_PUT),
            new Ratio(Measure.QUERY, Measure.CEILING_QUERY),
            new Ratio(Measure.GET, Measure.LOCAL_GET),
            new Ratio(Measure.PUT, Measure.LOCAL_PUT),
            new Ratio(Measure.QUERY, Measure.LOCAL_QUERY),
            new Ratio(Measure.PUT, Measure.RAW_PUT),
            new Ratio(Measure.TRANSACT, Measure.PUT));

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Comparison()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Set<Measure> chosen = chosen();
        // Maven has packaged everything a moment ago.
        Files.writeString(built, "");
        Path data = folder.toAbsolutePath()
                .resolve("data-" + ProcessHandle.current().pid());
        try (Servers servers = new Servers(launcher.toAbsolutePath(), dynamoDbLocal.toAbsolutePath(), data);
                HttpLoad load = new HttpLoad(connections);
                RawPuts raw = new RawPuts(data.resolve("lmdb"), Tables.RECORDS, KILO)) {
            for (int round = 0; round <= rounds; round++) {
                for (Measure measure : chosen) {
                    length = round > 0 ? seconds : warmUpSeconds;
                    Measured result = measure(measure, servers, load, raw);
                    if (round > 0) {
                        measured.computeIfAbsent(measure, unused -> new ArrayList<>())
                                .add(result);
                    } else {
                        forget(measure);
                    }
                    out.printf(Locale.ROOT, "round %d  %-36s %9.0f/s%n", round, measure.label(), result.perSecond());
                }
            }
        }
        Folders.delete(data);
        report();
        return 0;
    }

    private void forget(Measure warmed) {
        serverMicros.remove(warmed);
        if (warmed == Measure.GET) {
            perGet.clear();
        } else if (warmed == Measure.PUT) {
            perPut.clear();
        }
    }

    private Set<Measure> chosen() {
        Set<Measure> chosen = EnumSet.noneOf(Measure.class);
        for (Measure measure : Measure.values()) {
            if (only.isEmpty() || only.contains(measure.option())) {
                chosen.add(measure);
            }
        }
        return chosen;
    }

    private Measured measure(Measure measure, Servers servers, HttpLoad load, RawPuts raw) throws IOException {
        return switch (measure) {
            case CEILING_GET -> run(measure, servers, load, bare(servers, KILO, Tables.gets()));
            case CEILING_PUT -> run(measure, servers, load, bare(servers, 2, Tables.puts()));
            case CEILING_QUERY -> {
                String answer = new Tables(servers.meridian())
                        .send("Query", Tables.queries().get(0).toString());
                yield run(measure, servers, load, bare(servers, answer.length(), Tables.queries()));
            }
            case GET -> {
                Requests gets = ask(servers.meridian(), "GetItem", Tables.gets());
                yield allocating(measure, servers, load, gets, perGet);
            }
            case PUT -> {
                Requests puts = ask(servers.meridian(), "PutItem", Tables.puts());
                long[] before = servers.commits();
                Measured result = allocating(measure, servers, load, puts, perPut);
                long[] after = servers.commits();
                batch = (int) Math.max(1, Math.round((after[0] - before[0]) / (double) (after[1] - before[1])));
                yield result;
            }
            case QUERY -> run(measure, servers, load, ask(servers.meridian(), "Query", Tables.queries()));
            case TRANSACT -> {
                Measured result = run(
                        measure, servers, load, ask(servers.meridian(), "TransactWriteItems", Tables.transactions()));
                yield new Measured(result.perSecond() * TRANSACTION_ITEMS, result.latencyMicros());
            }
            case REPLICATED_PUT -> run(measure, servers, load, ask(servers.replicated(), "PutItem", Tables.puts()));
            case LOCAL_GET -> run(measure, servers, load, ask(servers.local(), "GetItem", Tables.gets()));
            case LOCAL_PUT -> run(measure, servers, load, ask(servers.local(), "PutItem", Tables.puts()));
            case LOCAL_QUERY -> run(measure, servers, load, ask(servers.local(), "Query", Tables.queries()));
            case RAW_PUT -> new Measured(raw.run(batch, length), new Histogram(3));
        };
    }

    private Measured run(Measure measure, Servers servers, HttpLoad load, Requests requests) {
        Duration before = servers.cpu(requests.endpoint());
        Measured result = load.run(requests, length);
        Duration cpu = servers.cpu(requests.endpoint()).minus(before);
        serverMicros
                .computeIfAbsent(measure, unused -> new ArrayList<>())
                .add(cpu.toNanos() / 1e3 / result.latencyMicros().getTotalCount());
        return result;
    }

    private Measured allocating(
            Measure measure, Servers servers, HttpLoad load, Requests requests, List<Allocation> each)
            throws IOException {
        ServerJvm.Allocated before = servers.jvm().allocated();
        Measured result = run(measure, servers, load, requests);
        ServerJvm.Allocated after = servers.jvm().allocated();
        double count = result.latencyMicros().getTotalCount();
        each.add(new Allocation(
                (after.all() - before.all()) / count, (after.eventLoops() - before.eventLoops()) / count));
        return result;
    }

    private static Requests ask(Endpoint endpoint, String operation, List<Buffer> bodies) {
        return new Requests(endpoint, "/", operation, Requests.inTurn(bodies));
    }

    private static Requests bare(Servers servers, int answerBytes, List<Buffer> bodies) throws IOException {
        return new Requests(servers.ceiling(), "/" + answerBytes, "GetItem", Requests.inTurn(bodies));
    }

    private void report() {
        out.println();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MEASURE", "PER SECOND, MEDIAN", "P50", "P99", "PROCESSOR OF THE SERVER"));
        measured.forEach((measure, results) -> rows.add(List.of(
                measure.label(),
                String.format(
                        Locale.ROOT,
                        "%.0f",
                        median(results.stream().map(Measured::perSecond).toList())),
                latency(results, 50),
                latency(results, 99),
                micros(measure))));
        TextTable.print(rows, out);
        out.println();
        rows.clear();
        rows.add(List.of("RATIO", "BY", "MEDIAN", "LEAST", "MOST"));
        for (Ratio ratio : RATIOS) {
            if (measured.containsKey(ratio.measure) && measured.containsKey(ratio.by)) {
                rows.add(row(ratio));
            }
        }
        TextTable.print(rows, out);
        out.println();
        allocated("GetItem", perGet);
        allocated("PutItem", perPut);
        if (!perPut.isEmpty()) {
            out.printf("PutItems a commit: %d%n", batch);
        }
    }

    private void allocated(String operation, List<Allocation> each) {
        if (!each.isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "allocated by the region for a %s: %.0f bytes, by its event loops: %.0f%n",
                    operation,
                    median(each.stream().map(Allocation::all).toList()),
                    median(each.stream().map(Allocation::eventLoops).toList()));
        }
    }

    private List<String> row(Ratio ratio) {
        List<Double> each = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            each.add(measured.get(ratio.measure).get(round).perSecond()
                    / measured.get(ratio.by).get(round).perSecond());
        }
        each.sort(Comparator.naturalOrder());
        return List.of(
                ratio.measure.label(),
                ratio.by.label(),
                number(median(each)),
                number(each.get(0)),
                number(each.get(each.size() - 1)));
    }

    /** Of the last rounds: the first ones are the compiler's. */
    private String micros(Measure measure) {
        List<Double> all = serverMicros.getOrDefault(measure, List.of());
        return all.isEmpty()
                ? ""
                : String.format(Locale.ROOT, "%.1f µs", median(all.subList(Math.min(1, all.size() - 1), all.size())));
    }

    private static String number(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    private static String latency(List<Measured> results, double percentile) {
        Histogram all = new Histogram(3);
        results.forEach(each -> all.add(each.latencyMicros()));
        return all.getTotalCount() == 0
                ? ""
                : String.format(Locale.ROOT, "%.1f ms", all.getValueAtPercentile(percentile) / 1_000.0);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
