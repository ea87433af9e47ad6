package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.cli.CommandFailedException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian disassociate}: one region's replica becomes a table by itself. */
@Command(
        name = "disassociate",
        description = "End the replication of a table in one region and keep the table there, with all it holds.")
public final class DisassociateCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 200;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--table", required = true, paramLabel = "NAME", description = "The table.")
    private String table = "";

    @Option(names = "--region", required = true, paramLabel = "REGION", description = "Where it is to be by itself.")
    private String region = "";

    @Option(
            names = "--wait-for-replication",
            description = "First apply all that the other regions have published by now.")
    private boolean wait;

    @Override
    public Integer call() {
        NodeClient client = options.client();
        Map<String, String> asked = new TreeMap<>(Map.of("table", table, "wait", String.valueOf(wait)));
        JsonNode state = client.post(region, "disassociate", asked);
        while (state.path("state").asText().equals("DISASSOCIATING")) {
            pause();
            state = client.get(region, "disassociate", Map.of("table", table));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                options.json()
                        ? state.toPrettyString()
                        : "Table " + table + " is now " + region + "'s own, and is replicated no more.");
        out.flush();
        return 0;
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException("interrupted; the disassociation goes on");
        }
    }
}
