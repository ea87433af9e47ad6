package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.CommandFailedException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian drain}: what one region certainly holds of another. */
@Command(
        name = "drain",
        description = "Say up to which version one region holds everything that another committed.",
        footerHeading = "%n",
        footer = {
            "When --from is dead, the answer tells how far --to is, and how much is known to be missing. When it is back,",
            "--missing-above VERSION names the items that were: give it the version that the answer showed."
        })
public final class DrainCommand implements Callable<Integer> {
    private static final int EXIT_NOT_DRAINED = 1;
    private static final String TIMEOUT = "--timeout";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--from", paramLabel = "REGION", required = true, description = "Where the changes are made.")
    private String from = "";

    @Option(
            names = "--to",
            paramLabel = "REGION",
            description = "Where they are applied. Required unless --missing-above asks --from alone.")
    private @Nullable String givenTo;

    @Option(names = "--wait", description = "Wait until --to holds all that --from has committed by now.")
    private boolean wait;

    @Option(
            names = TIMEOUT,
            paramLabel = "SECONDS",
            defaultValue = "60",
            converter = SecondsConverter.class,
            description = "How long to --wait. Default: ${DEFAULT-VALUE}")
    private Duration timeout = Duration.ZERO;

    @Option(
            names = "--missing-above",
            paramLabel = "VERSION",
            description = "Name the items that --from changed above this version.")
    private @Nullable String missingAbove;

    @Override
    public Integer call() {
        if (from.equals(givenTo)) {
            throw wrong("--from and --to are the same region");
        }
        if (!wait && spec.commandLine().getParseResult().hasMatchedOption(TIMEOUT)) {
            throw wrong("--timeout needs --wait");
        }
        NodeClient client = options.client();
        PrintWriter out = spec.commandLine().getOut();
        String above = missingAbove;
        if (above != null) {
            if (wait) {
                throw wrong("--wait and --missing-above exclude each other");
            }
            if (!above.matches("[0-9a-fA-F]{1,16}")) {
                throw wrong("--missing-above: '" + above
                        + "' is no version: up to 16 hexadecimal digits, as drain prints them");
            }
            return missing(client, above, out);
        }
        String to = givenTo;
        if (to == null) {
            throw wrong("Missing required option: '--to=REGION'");
        }
        return drain(client, to, out);
    }

    private int drain(NodeClient client, String to, PrintWriter out) {
        JsonNode committed = wait ? committed(client, to) : null;
        JsonNode certificate = committed == null ? certificate(client, to) : awaited(client, to, committed, out);
        boolean drained = true;
        if (committed != null) {
            drained = holds(certificate, committed);
            ((ObjectNode) certificate).put("drained", drained).set("committed", committed);
        }
        if (options.json()) {
            out.println(certificate.toPrettyString());
        } else {
            print(certificate, committed, drained, out);
            if (certificate.path("paused").asBoolean()) {
                out.println(PauseCommand.hint(from, to));
            }
        }
        out.flush();
        return drained ? 0 : EXIT_NOT_DRAINED;
    }

    private JsonNode committed(NodeClient client, String to) {
        try {
            return client.get(from, "committed", Map.of()).path("committed");
        } catch (RegionAwayException away) {
            throw new CommandFailedException(
                    away.getMessage() + "; --wait needs it: without --wait drain says what " + to + " holds of it");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private JsonNode certificate(NodeClient client, String to) {
        return client.get(to, "drain", Map.of("from", from, "to", to));
    }

    private JsonNode awaited(NodeClient client, String to, JsonNode committed, PrintWriter out) {
        Patience patience = new Patience(timeout);
        JsonNode certificate = certificate(client, to);
        for (long asked = 0;
                !holds(certificate, committed) && !othersHold(certificate, committed) && patience.again();
                asked++) {
            certificate = certificate(client, to);
            if (asked % 10 == 0 && !options.json() && !holds(certificate, committed)) {
                out.printf(
                        "waiting: %s holds %s up to %s, %s%s%n",
                        to,
                        from,
                        certificate.path("holdsThrough").path("time").asText("nothing known"),
                        pending(certificate),
                        certificate.path("paused").asBoolean() ? "; " + PauseCommand.hint(from, to) : "");
                out.flush();
            }
        }
        return certificate;
    }

    private String pending(JsonNode certificate) {
        JsonNode pending = certificate.path("pending");
        if (pending.isNumber()) {
            return pending.asText() + " pending";
        }
        JsonNode silent = certificate.path("silentMillis");
        return silent.isNumber()
                ? String.format(
                        "what is pending is not known: %s was last heard %.1f s ago", from, silent.asLong() / 1_000.0)
                : "what is pending is not known";
    }

    private static boolean holds(JsonNode certificate, JsonNode committed) {
        return holds(certificate, "holdsThrough", committed);
    }

    /** To wait for tables that stand still helps nobody. */
    private static boolean othersHold(JsonNode certificate, JsonNode committed) {
        return holds(certificate, "othersHoldThrough", committed);
    }

    private static boolean holds(JsonNode certificate, String field, JsonNode committed) {
        String through = certificate.path(field).path("version").asText("0");
        return Long.compareUnsigned(
                        Long.parseUnsignedLong(through, 16),
                        Long.parseUnsignedLong(committed.path("version").asText(), 16))
                >= 0;
    }

    private void print(JsonNode certificate, @Nullable JsonNode committed, boolean drained, PrintWriter out) {
        out.println(certificate.path("statement").asText());
        if (committed != null) {
            out.println(
                    drained
                            ? "drained: that is all that was committed when this was asked"
                            : "not drained: " + from + " had committed up to "
                                    + committed.path("time").asText());
        }
        if (certificate.has("knownMissingMillis")) {
            JsonNode pending = certificate.path("pending");
            out.printf(
                    "known to be missing: what was committed in the %d ms behind that, of which %s published%n",
                    certificate.path("knownMissingMillis").asLong(),
                    pending.isNumber() ? pending.asText() + " changes are" : "it is not known how many changes are");
        }
        long silent = certificate.path("silentMillis").asLong();
        if (silent > Duration.ofSeconds(2).toMillis()) {
            out.printf("%s has been silent for %.1f s%n", from, silent / 1_000.0);
        }
    }

    private int missing(NodeClient client, String above, PrintWriter out) {
        JsonNode answer = client.get(from, "changes", Map.of("above", above));
        if (answer.path("changes").isMissingNode()) {
            throw new CommandFailedException(from + " does not say what it changed");
        }
        if (options.json()) {
            out.println(answer.toPrettyString());
            out.flush();
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("TABLE", "KEY", "CHANGE", "COMMITTED"));
        answer.path("changes")
                .forEach(change -> rows.add(List.of(
                        change.path("table").asText(),
                        change.path("key").asText(),
                        change.path("delete").asBoolean() ? "delete" : "put",
                        change.path("committed").asText())));
        TextTable.print(rows, out);
        out.printf("%n%s items%n", answer.path("count").asText());
        out.flush();
        return 0;
    }
}
