package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code meridian status}: how replication goes, from each region to each other. What comes into a region only that region
 * knows; of one that does not answer it is said that nothing is known.
 */
@Command(
        name = "status",
        description = {
            "Show how replication goes between the regions, in both directions of each pair.",
            "Each region is asked for what it applies and what alarms it has. NO_ANSWER: the region under TO does not answer.",
            "NO_PEER: its config does not name the region under FROM as a peer."
        })
public final class StatusCommand implements Callable<Integer> {
    private static final String ERROR = "error";
    private static final String HEALTH = "health";
    private static final String UNKNOWN = "unknown";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Override
    public Integer call() {
        NodeClient client = options.client();
        ObjectNode all = new ObjectMapper().createObjectNode();
        client.regions().forEach(region -> {
            ObjectNode status = all.putObject(region);
            try {
                status.set(HEALTH, client.health(region));
                status.setAll((ObjectNode) client.get(region, "replication", Map.of()));
            } catch (RegionAwayException away) {
                status.put(ERROR, away.getMessage());
            }
        });
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

    /** The two directions of a pair stand below each other. */
    private static List<List<String>> rows(ObjectNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("FROM", "TO", "STATE", "LAG", "PENDING", "APPLIED", "CONFLICTS", "CLOCK AHEAD"));
        SortedSet<String> regions = regions(all);
        for (String one : regions) {
            for (String other : regions.tailSet(one)) {
                if (!one.equals(other)) {
                    rows.add(row(all, one, other));
                    rows.add(row(all, other, one));
                }
            }
        }
        return rows;
    }

    /** Those that were asked, and those that they follow. */
    private static SortedSet<String> regions(ObjectNode all) {
        SortedSet<String> regions = new TreeSet<>();
        all.fields().forEachRemaining(region -> {
            regions.add(region.getKey());
            region.getValue().path("remote").fieldNames().forEachRemaining(regions::add);
        });
        return regions;
    }

    private static List<String> row(ObjectNode all, String from, String to) {
        JsonNode told = all.path(to).path("remote");
        if (told.has(from)) {
            return row(from, to, told.path(from));
        }
        String state = told.isMissingNode() ? "NO_ANSWER" : "NO_PEER";
        return List.of(from, to, state, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);
    }

    private static List<String> row(String from, String to, JsonNode pair) {
        JsonNode lag = pair.path("lagMillis");
        return List.of(
                from,
                to,
                pair.path("state").asText(),
                lag.isNumber() ? lag.asText() + " ms" : UNKNOWN,
                pair.path("pending").asText(UNKNOWN),
                pair.path("applied").asText(),
                pair.path("conflicts").asText(),
                clock(pair.path("clock")));
    }

    /** How far the clock of the region that the changes come from is ahead of the other's. */
    private static String clock(JsonNode clock) {
        if (!clock.has("aheadMillis")) {
            return UNKNOWN;
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
            if (status.has(ERROR)) {
                lines.add(at + ": NO_ANSWER: " + status.path(ERROR).asText());
            }
            JsonNode health = status.path(HEALTH);
            if (!health.path("healthy").asBoolean(true)) {
                lines.add(at + ": NOT_HEALTHY: a part of the node has failed for good: its log says which");
            }
            Map<String, List<JsonNode>> replication = replicationAlarms(status);
            health.path("alarms").forEach(alarm -> {
                if (!isAmong(replication, alarm.asText())) {
                    lines.add(at + ": " + alarm.asText());
                }
            });
            replication.forEach((part, alarms) ->
                    alarms.forEach(alarm -> lines.add(at + (part.isEmpty() ? "" : ", " + part) + ": " + text(alarm))));
        });
        return lines;
    }

    /** By the remote region or the publisher that they are of; those of the region itself by the empty text. */
    private static Map<String, List<JsonNode>> replicationAlarms(JsonNode status) {
        Map<String, List<JsonNode>> alarms = new LinkedHashMap<>();
        status.path("alarms").forEach(alarm -> add(alarms, "", alarm));
        for (String field : List.of("remote", "publishers")) {
            status.path(field)
                    .fields()
                    .forEachRemaining(
                            part -> part.getValue().path("alarms").forEach(alarm -> add(alarms, part.getKey(), alarm)));
        }
        return alarms;
    }

    private static void add(Map<String, List<JsonNode>> alarms, String part, JsonNode alarm) {
        alarms.computeIfAbsent(part, unused -> new ArrayList<>()).add(alarm);
    }

    /** Health has most alarms of the replication page, too, each as one text. */
    private static boolean isAmong(Map<String, List<JsonNode>> replication, String health) {
        return replication.entrySet().stream()
                .anyMatch(part -> part.getValue().stream().anyMatch(alarm -> isSame(part.getKey(), alarm, health)));
    }

    private static boolean isSame(String part, JsonNode alarm, String health) {
        String kind = alarm.path("kind").asText();
        String begin = kind + " ";
        return switch (kind) {
            case "STOPPED" -> health.equals(alarm.path("reason").asText());
            case "REJOIN" -> health.startsWith(begin);
            case "PUT_BACK" -> health.startsWith(begin + part + ":");
            default -> {
                String at = alarm.path("topic").asText() + "-"
                        + alarm.path("partition").asText();
                yield health.startsWith(begin + at + ":") || health.startsWith(begin + at + " ");
            }
        };
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
