package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian conflicts restore}: what lost is written again. */
@Command(
        name = "restore",
        description = {
            "Write what lost in a conflict once more, as a new write that goes to all regions.",
            "Refused if the item is no longer what won then, unless forced."
        })
final class RestoreCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--region", paramLabel = "REGION", required = true, description = "The region that detected it.")
    private String region = "";

    @Option(names = "--id", paramLabel = "ID", required = true, description = "Its id in that region.")
    private String id = "";

    @Option(names = "--force", description = "Also if the item has changed since.")
    private boolean force;

    @Override
    public Integer call() {
        if (!id.matches("[1-9][0-9]{0,17}")) {
            throw new ParameterException(
                    spec.commandLine(), "--id: a number that 'meridian conflicts' shows under ID, not '" + id + "'");
        }
        JsonNode answer =
                options.client().post(region, "conflicts/restore", Map.of("id", id, "force", Boolean.toString(force)));
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(answer.toPrettyString());
        } else {
            out.println("restored " + answer.path("key") + " in "
                    + answer.path("table").asText() + ", version "
                    + answer.path("version").asText());
        }
        out.flush();
        return 0;
    }
}
