package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code meridian pause}: one direction of replication stands still until it is resumed. */
@Command(
        name = "pause",
        description = "Stop applying one region's changes in another, until resume; also across restarts.",
        footerHeading = "%n",
        footer = "Nothing is lost meanwhile, as long as the Kafka of --from keeps it: 7 days.")
public final class PauseCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Mixin
    private Direction direction = new Direction();

    @Override
    public Integer call() {
        return ask("pause", "paused", options, direction, spec.commandLine().getOut());
    }

    /** Why nothing comes, and what ends that. */
    static String hint(String from, String to) {
        return "replication from " + from + " to " + to + " is paused until ./meridian resume --from " + from + " --to "
                + to;
    }

    static int ask(String action, String done, ClientOptions options, Direction direction, PrintWriter out) {
        JsonNode answer = options.client().post(direction.to(), action, Map.of("from", direction.from()));
        out.println(
                options.json()
                        ? answer.toPrettyString()
                        : "replication from " + direction.from() + " to " + direction.to() + " is " + done);
        out.flush();
        return 0;
    }
}
