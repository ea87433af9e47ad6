package dev.meridian.node.cli;

import dev.meridian.node.RegionNode;
import dev.meridian.node.config.ConfigException;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.config.RegionConfigFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian region}: one region in a process of its own, as a real deployment runs. */
@Command(
        name = "region",
        description = "Run a single region, with an embedded or an outside Kafka, as a config file says.",
        footerHeading = "%n",
        footer = "A commented sample: region-node/region.sample.yaml")
final class RegionCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The region's YAML file.")
    private Path config = Path.of("region.yaml");

    @Override
    public Integer call() throws Exception {
        RegionConfig read;
        try {
            read = RegionConfigFile.read(config);
        } catch (ConfigException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
        if (read.drill() != null) {
            endWithParent();
        }
        PrintWriter out = spec.commandLine().getOut();
        return Running.untilStopped(out, () -> RegionNode.start(read), node -> {
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
