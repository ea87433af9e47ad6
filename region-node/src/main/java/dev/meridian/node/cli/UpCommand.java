package dev.meridian.node.cli;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.StartChoice;
import dev.meridian.node.config.ConfigException;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.config.RegionConfigFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian up}: several regions on this machine, each with its own store and broker, and the front door. */
@Command(
        name = "up",
        description = "Start several regions on this machine, each with its own store and its own Kafka broker.",
        sortOptions = false,
        footerHeading = "%n",
        footer = {
            "The front door (--port-base) hands each request to the region it is signed for;",
            "what is signed for localhost, as NoSQL Workbench does it, goes to the first or to --default-region.",
            "Example: meridian up --regions eu-central-1,us-west-2 --data /var/tmp/meridian"
        })
final class UpCommand implements Callable<Integer> {
    private static final int MAX_REGIONS = 16;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--regions",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "us-east-1,eu-west-1,ap-northeast-1",
            description = "The regions, in the order of their ports. Default: ${DEFAULT-VALUE}")
    private List<String> regions = List.of();

    @Option(
            names = "--port-base",
            paramLabel = "N",
            defaultValue = "8000",
            description = "Front door on port N, regions on N+1, N+2, … Default: ${DEFAULT-VALUE}")
    private int portBase;

    @Option(
            names = "--kafka-port-base",
            paramLabel = "M",
            defaultValue = "9092",
            description = "Kafka brokers on ports M, M+1, … Default: ${DEFAULT-VALUE}")
    private int kafkaPortBase;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "./data",
            description = "Folder of stores and logs, kept between runs. Default: ${DEFAULT-VALUE}")
    private Path data = Path.of("data");

    @Option(names = "--ephemeral", description = "Keep nothing: use a temporary folder that is deleted at the end.")
    private boolean ephemeral;

    @Option(
            names = "--partitions",
            paramLabel = "P",
            defaultValue = "" + RegionConfig.PARTITIONS_DEFAULT,
            description = "Kafka partitions of each new table's topics. Default: ${DEFAULT-VALUE}")
    private int partitions;

    @Option(
            names = "--throttling",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Hold provisioned tables to their capacity units, as DynamoDB does;"
                    + " --no-throttling lets them have what they want. Default: ${DEFAULT-VALUE}")
    private boolean throttling;

    @Option(
            names = "--evict-after",
            paramLabel = "TIME",
            defaultValue = "0",
            description =
                    "Evict replicas in a region that is silent for longer than this, as 90s, 15m, 12h or 3d and at"
                            + " least 10s; they load their tables anew when they come back. 0 is never. Default: ${DEFAULT-VALUE}")
    private String evictAfter = "0";

    @Option(
            names = "--http-names",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Further names and addresses that this machine is reached at, as through a tunnel. Pages below"
                            + " /-/ are refused at any other name than localhost.")
    private List<String> names = List.of();

    @Option(
            names = "--cross-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description =
                    "Let pages of these origins, such as http://localhost:3000, use the DynamoDB API from a browser;"
                            + " * is all. Default: none.")
    private List<String> crossOrigin = List.of();

    @Option(
            names = "--default-region",
            paramLabel = "NAME",
            description =
                    "One of --regions: the front door hands it what is signed for localhost or for a region that"
                            + " does not run here. Default: the first gets what is signed for localhost, and the rest is refused.")
    private @Nullable String defaultRegion;

    @Option(
            names = "--start-empty",
            paramLabel = "NAME",
            split = ",",
            description = "Let these regions begin with an empty store: what is in their folders is moved aside. For"
                    + " folders whose store is lost; tables are loaded from the regions that have them, and those that no other region has"
                    + " are only in what was moved aside.")
    private List<String> startEmpty = List.of();

    @Option(
            names = "--rejoin",
            paramLabel = "NAME",
            split = ",",
            description = "Let these regions take the stores that are in their folders although they are not those that"
                    + " were there, and load from the others what they miss.")
    private List<String> rejoin = List.of();

    private Map<RegionId, StartChoice> choices(List<RegionId> started) {
        Map<RegionId, StartChoice> choices = new TreeMap<>();
        choose("--start-empty", startEmpty, StartChoice.START_EMPTY, started, choices);
        choose("--rejoin", rejoin, StartChoice.REJOIN, started, choices);
        return choices;
    }

    private void choose(
            String option,
            List<String> names,
            StartChoice choice,
            List<RegionId> started,
            Map<RegionId, StartChoice> choices) {
        for (String name : names) {
            RegionId id = regionId(name);
            if (!started.contains(id)) {
                throw new ParameterException(spec.commandLine(), option + ": " + id + " is none of --regions");
            }
            if (choices.put(id, choice) != null) {
                throw new ParameterException(spec.commandLine(), "--start-empty and --rejoin exclude each other");
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        if (partitions < 1 || partitions > RegionConfig.PARTITIONS_MAX) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--partitions: between 1 and " + RegionConfig.PARTITIONS_MAX + ", not " + partitions);
        }
        LocalCluster.Options options = new LocalCluster.Options(
                regionIds(),
                HttpConfig.HOST_DEFAULT,
                portBase,
                kafkaPortBase,
                folder(),
                ephemeral,
                partitions,
                throttling,
                silence(),
                checked(HttpConfig::checkNames, "--http-names", names),
                checked(HttpConfig::checkOrigins, "--cross-origin", crossOrigin),
                defaultRegion());
        Map<RegionId, StartChoice> choices = choices(options.regions());
        PrintWriter out = spec.commandLine().getOut();
        return Running.untilStopped(out, () -> LocalCluster.start(options, choices), cluster -> print(cluster, out));
    }

    private @Nullable RegionId defaultRegion() {
        if (defaultRegion == null) {
            return null;
        }
        RegionId id = regionId(defaultRegion);
        if (!regionIds().contains(id)) {
            throw new ParameterException(spec.commandLine(), "--default-region: " + id + " is none of --regions");
        }
        return id;
    }

    private Duration silence() {
        try {
            Duration silence = RegionConfigFile.duration("--evict-after", evictAfter);
            RegionConfig.checkEvictAfter("--evict-after", silence);
            return silence;
        } catch (ConfigException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()));
        }
    }

    private List<String> checked(BiConsumer<String, List<String>> check, String option, List<String> values) {
        try {
            check.accept(option, values);
            return values;
        } catch (ConfigException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()));
        }
    }

    private Path folder() throws IOException {
        if (!ephemeral) {
            return data;
        }
        if (spec.commandLine().getParseResult().hasMatchedOption("--data")) {
            throw new ParameterException(spec.commandLine(), "--ephemeral and --data exclude each other");
        }
        return Files.createTempDirectory("meridian-");
    }

    private List<RegionId> regionIds() {
        checkPorts("--port-base", portBase, regions.size() + 1);
        checkPorts("--kafka-port-base", kafkaPortBase, regions.size());
        checkApart(portBase, portBase + regions.size(), kafkaPortBase, kafkaPortBase + regions.size() - 1);
        if (regions.size() > MAX_REGIONS) {
            throw new ParameterException(spec.commandLine(), "--regions: at most " + MAX_REGIONS + " regions");
        }
        List<RegionId> ids = new ArrayList<>();
        for (String name : regions) {
            RegionId id = regionId(name);
            if (ids.contains(id)) {
                throw new ParameterException(spec.commandLine(), "--regions: " + id + " is named twice");
            }
            ids.add(id);
        }
        return ids;
    }

    private RegionId regionId(String name) {
        try {
            return new RegionId(name.strip());
        } catch (IllegalArgumentException illegal) {
            throw new ParameterException(spec.commandLine(), "--regions: " + illegal.getMessage());
        }
    }

    private void checkPorts(String option, int base, int count) {
        if (base < 1 || base + count - 1 > 65_535) {
            throw new ParameterException(
                    spec.commandLine(), option + ": " + base + " leaves no room for " + count + " ports up to 65535");
        }
    }

    private void checkApart(int first, int last, int kafkaFirst, int kafkaLast) {
        if (first <= kafkaLast && kafkaFirst <= last) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--port-base and --kafka-port-base overlap: front door and regions take the ports " + first + " to "
                            + last + ", Kafka " + kafkaFirst + " to " + kafkaLast);
        }
    }

    private static void print(LocalCluster cluster, PrintWriter out) {
        StartupTable.print(cluster.regions(), out);
        String endpoint = "http://localhost:" + cluster.frontDoorPort();
        String first = cluster.regions().get(0).region().value();
        out.printf("%nFront door   %s   (the region is the one a request is signed for)%n", endpoint);
        out.printf("Console      %s/-/console%n", endpoint);
        out.printf("%nTry          aws dynamodb list-tables --endpoint-url %s --region %s%n", endpoint, first);
        out.printf(
                "             curl %s/-/replication%n", cluster.regions().get(0).endpoint());
        out.printf("Stop         Ctrl-C%n");
        out.flush();
    }
}
