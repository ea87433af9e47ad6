package dev.meridian.node.cli;

import dev.meridian.node.OwnerOnly;
import dev.meridian.node.RegionNode;
import dev.meridian.node.StartChoice;
import dev.meridian.node.config.ConfigException;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.config.RegionConfigFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian region}: one region in a process of its own, as a real deployment runs. */
@Command(
        name = "region",
        description = "Run a single region, with an embedded or an outside Kafka, as a config file says.",
        footerHeading = "%n",
        footer = "A commented sample: region-node/region.sample.yaml")
final class RegionCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(RegionCommand.class);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The region's YAML file.")
    private Path config = Path.of("region.yaml");

    @Option(
            names = "--start-empty",
            description = "Begin with an empty store: what is in the data folder is moved aside within it. For a folder"
                    + " whose store is lost; tables are loaded from the regions that have them, and those that no other region has"
                    + " are only in what was moved aside.")
    private boolean startEmpty;

    @Option(
            names = "--rejoin",
            description =
                    "Take the store that is in the data folder although it is not the one that was there, and load"
                            + " from the other regions what it misses.")
    private boolean rejoin;

    private StartChoice choice() {
        if (startEmpty && rejoin) {
            throw new ParameterException(spec.commandLine(), "--start-empty and --rejoin exclude each other");
        }
        return startEmpty ? StartChoice.START_EMPTY : rejoin ? StartChoice.REJOIN : StartChoice.NONE;
    }

    @Override
    public Integer call() throws Exception {
        StartChoice choice = choice();
        RegionConfig read;
        try {
            read = RegionConfigFile.read(config);
        } catch (ConfigException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
        String readable = OwnerOnly.readableByOthers(config);
        if (readable != null) {
            LOG.warn(
                    "{} can be read by others than its owner ({}), and may hold secrets: chmod 600 {}",
                    config,
                    readable,
                    config);
        }
        if (read.drill() != null) {
            endWithParent();
        }
        PrintWriter out = spec.commandLine().getOut();
        return Running.untilStopped(out, () -> RegionNode.start(read, choice), node -> {
            StartupTable.print(List.of(node.address()), out);
            out.printf("%nStop   Ctrl-C%n");
            out.flush();
        });
    }

    /** A drill that is killed leaves nothing behind. */
    private static void endWithParent() {
        ProcessHandle.current()
                .parent()
                .ifPresent(parent ->
                        parent.onExit().thenRun(() -> Runtime.getRuntime().halt(Meridian.EXIT_FAILED)));
    }
}
