package dev.meridian.node.cli;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
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
import java.util.concurrent.Callable;
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
            "The front door (--port-base) hands each request to the region it is signed for.",
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

    @Override
    public Integer call() throws IOException {
        LocalCluster.Options options = new LocalCluster.Options(
                regionIds(),
                HttpConfig.HOST_DEFAULT,
                portBase,
                kafkaPortBase,
                folder(),
                ephemeral,
                partitions,
                throttling,
                silence());
        PrintWriter out = spec.commandLine().getOut();
        return Running.untilStopped(out, () -> LocalCluster.start(options), cluster -> print(cluster, out));
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
