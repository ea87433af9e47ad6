package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code meridian status}: how replication goes, for each pair of regions. */
@Command(name = "status", description = "Show how replication goes between the regions.")
public final class StatusCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Override
    public Integer call() {
        NodeClient client = options.client();
        ObjectNode all = new ObjectMapper().createObjectNode();
        client.regions().keySet().forEach(region -> all.set(region, client.get(region, "replication", Map.of())));
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(all.toPrettyString());
        } else {
            TextTable.print(rows(all), out);
        }
        out.flush();
        return 0;
    }

    private static List<List<String>> rows(ObjectNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("FROM", "TO", "STATE", "LAG", "PENDING", "APPLIED", "CONFLICTS"));
        all.fields()
                .forEachRemaining(to -> to.getValue()
                        .path("remote")
                        .fields()
                        .forEachRemaining(from -> rows.add(row(from.getKey(), to.getKey(), from.getValue()))));
        return rows;
    }

    private static List<String> row(String from, String to, JsonNode pair) {
        JsonNode lag = pair.path("lagMillis");
        return List.of(
                from,
                to,
                pair.path("state").asText(),
                lag.isNumber() ? lag.asText() + " ms" : "unknown",
                pair.path("pending").asText(),
                pair.path("applied").asText(),
                pair.path("conflicts").asText());
    }
}
