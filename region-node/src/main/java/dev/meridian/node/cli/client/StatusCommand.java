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
            alarms(all).forEach(out::println);
        }
        out.flush();
        return 0;
    }

    private static List<List<String>> rows(ObjectNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("FROM", "TO", "STATE", "LAG", "PENDING", "APPLIED", "CONFLICTS", "CLOCK AHEAD"));
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
                pair.path("conflicts").asText(),
                clock(pair.path("clock")));
    }

    /** How far the clock of the region that the changes come from is ahead of the other's. */
    private static String clock(JsonNode clock) {
        if (!clock.has("aheadMillis")) {
            return "unknown";
        }
        String ahead = clock.path("aheadMillis").asText();
        JsonNode uncertainty = clock.path("uncertaintyMillis");
        return uncertainty.isNumber() ? ahead + " ms ± " + uncertainty.asText() : ahead + " ms or more";
    }

    /** One line each: where, and what is wrong. */
    private static List<String> alarms(ObjectNode all) {
        List<String> lines = new ArrayList<>();
        all.fields().forEachRemaining(region -> {
            String at = "ALARM   " + region.getKey();
            JsonNode status = region.getValue();
            status.path("alarms").forEach(alarm -> lines.add(at + ": " + text(alarm)));
            for (String field : List.of("remote", "publishers")) {
                status.path(field)
                        .fields()
                        .forEachRemaining(part -> part.getValue()
                                .path("alarms")
                                .forEach(alarm -> lines.add(at + ", " + part.getKey() + ": " + text(alarm))));
            }
        });
        return lines;
    }

    private static String text(JsonNode alarm) {
        StringBuilder text = new StringBuilder(alarm.path("kind").asText());
        for (String field : List.of("table", "region", "topic", "partition", "offset")) {
            if (alarm.has(field)) {
                text.append(' ')
                        .append(field)
                        .append(' ')
                        .append(alarm.path(field).asText());
            }
        }
        return text.append(": ").append(alarm.path("reason").asText()).toString();
    }
}
