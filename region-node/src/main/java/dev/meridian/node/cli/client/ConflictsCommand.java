package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.cli.CommandFailedException;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian conflicts}: which writes were lost to others that did not know them. */
@Command(
        name = "conflicts",
        description = {
            "List writes that lost against others made at the same time, with what was lost.",
            "Each region that meets both writes reports them; without --region each pair is shown once."
        },
        footerHeading = "%n",
        footer = "Exit codes: 0 all regions were asked, 1 not all could be, or there is no such table, 2 wrong usage.",
        subcommands = RestoreCommand.class)
public final class ConflictsCommand implements Callable<Integer> {
    private static final int EXIT_NOT_ALL_ASKED = 1;
    private static final Duration FOLLOW = Duration.ofSeconds(1);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--table", paramLabel = "TABLE", description = "Only of this table.")
    private @Nullable String table;

    @Option(names = "--region", paramLabel = "REGION", description = "Only what this region detected.")
    private @Nullable String region;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only what was detected since: 2026-01-31T12:00:00Z, or as long ago as 90s, 15m, 2h or 1d.")
    private @Nullable String since;

    @Option(names = "--follow", description = "Go on, and print each as it is detected.")
    private boolean follow;

    @Override
    public Integer call() {
        NodeClient client = options.client();
        String from = since == null ? null : since().toString();
        SortedMap<String, Long> cursors = new TreeMap<>();
        (region == null ? client.regions() : Set.of(region)).forEach(name -> cursors.put(name, 0L));
        SortedMap<String, RegionAwayException> away = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        PrintWriter out = spec.commandLine().getOut();
        boolean first = true;
        do {
            List<JsonNode> news = new ArrayList<>();
            collect(client, cursors, from, news, away);
            news.sort(Comparator.comparingLong(
                    conflict -> conflict.path("detectedMillis").asLong()));
            news.removeIf(conflict -> region == null && !seen.add(pair(conflict)));
            print(news, first, out);
            first = false;
            out.flush();
            if (follow) {
                LockSupport.parkNanos(FOLLOW.toNanos());
            }
        } while (follow && !Thread.currentThread().isInterrupted() && !out.checkError());
        return away.isEmpty() ? 0 : EXIT_NOT_ALL_ASKED;
    }

    private Instant since() {
        try {
            return time(String.valueOf(since), Instant.now());
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()));
        }
    }

    /** Two numbers and a unit, or a time. */
    static Instant time(String text, Instant now) {
        try {
            if (text.matches("[0-9]{1,9}[smhd]")) {
                String iso = text.endsWith("d") ? "P" + text : "PT" + text;
                return now.minus(Duration.parse(iso));
            }
            return Instant.parse(text);
        } catch (DateTimeException wrong) {
            throw new IllegalArgumentException(
                    "--since takes a time like 2026-01-31T12:00:00Z, or 90s, 15m, 2h, 1d; not '" + text + "'", wrong);
        }
    }

    /**
     * From all regions that answer; of each of the others it is said once that it does not.
     *
     * @throws CommandFailedException if all that answer say that the table is not there
     */
    private void collect(
            NodeClient client,
            SortedMap<String, Long> cursors,
            @Nullable String from,
            List<JsonNode> news,
            SortedMap<String, RegionAwayException> away) {
        int having = 0;
        Set<String> without = new TreeSet<>();
        for (Map.Entry<String, Long> cursor : cursors.entrySet()) {
            String name = cursor.getKey();
            try {
                cursor.setValue(collect(client, name, cursor.getValue(), from, news));
                having++;
            } catch (NotFoundException noTable) {
                without.add(name);
            } catch (RegionAwayException cannot) {
                if (region != null) {
                    throw cannot;
                }
                if (away.put(name, cannot) == null) {
                    PrintWriter err = spec.commandLine().getErr();
                    err.println("not asked: " + cannot.getMessage());
                    err.flush();
                }
            }
        }
        if (having == 0 && !without.isEmpty()) {
            throw new CommandFailedException("there is no table " + table + " in " + String.join(", ", without));
        }
    }

    /** Reads to the end. @return where to go on */
    private long collect(NodeClient client, String of, long after, @Nullable String from, List<JsonNode> news) {
        long cursor = after;
        while (true) {
            Map<String, String> parameters = new TreeMap<>(Map.of("after", Long.toString(cursor), "limit", "1000"));
            if (table != null) {
                parameters.put("table", table);
            }
            if (from != null) {
                parameters.put("since", from);
            }
            JsonNode page = client.get(of, "conflicts", parameters);
            page.path("conflicts").forEach(news::add);
            cursor = page.path("next").asLong();
            if (!page.path("more").asBoolean()) {
                return cursor;
            }
        }
    }

    private static String pair(JsonNode conflict) {
        return conflict.path("tableId").asText()
                + conflict.path("key")
                + conflict.path("winner").path("version").asText()
                + conflict.path("loser").path("version").asText();
    }

    private void print(List<JsonNode> conflicts, boolean first, PrintWriter out) {
        if (options.json()) {
            conflicts.forEach(conflict -> out.println(conflict.toString()));
            return;
        }
        if (conflicts.isEmpty() && (!first || follow)) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("TIME", "REGION", "ID", "TABLE", "KEY", "WINNER", "LOSER", "DIFFERS"));
        conflicts.forEach(conflict -> rows.add(row(conflict)));
        TextTable.print(rows, out);
    }

    private static List<String> row(JsonNode conflict) {
        return List.of(
                conflict.path("detectedAt").asText(),
                conflict.path("region").asText(),
                conflict.path("id").asText(),
                conflict.path("table").asText(),
                key(conflict.path("key")),
                write(conflict.path("winner")),
                write(conflict.path("loser")),
                differs(conflict));
    }

    private static String key(JsonNode key) {
        return StreamSupport.stream(key.spliterator(), false)
                .map(value -> value.elements().next().asText())
                .collect(Collectors.joining(" / "));
    }

    private static String write(JsonNode write) {
        return write.path("region").asText() + (write.path("deleted").asBoolean() ? " (delete)" : "");
    }

    private static String differs(JsonNode conflict) {
        String names = StreamSupport.stream(conflict.path("differs").spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "nothing" : names;
    }
}
