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

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Mixin
    private Direction direction = new Direction();

    @Option(names = "--wait", description = "Wait until --to holds all that --from has committed by now.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait. Default: ${DEFAULT-VALUE}")
    private int timeoutSeconds;

    @Option(
            names = "--missing-above",
            paramLabel = "VERSION",
            description = "Name the items that --from changed above this version.")
    private @Nullable String missingAbove;

    @Override
    public Integer call() {
        NodeClient client = options.client();
        PrintWriter out = spec.commandLine().getOut();
        String above = missingAbove;
        if (above != null) {
            return missing(client, above, out);
        }
        JsonNode committed =
                wait ? client.get(direction.from(), "committed", Map.of()).path("committed") : null;
        JsonNode certificate = certificate(client);
        boolean drained = true;
        if (committed != null) {
            certificate = awaited(client, committed, out);
            drained = holds(certificate, committed);
            ((ObjectNode) certificate).put("drained", drained).set("committed", committed);
        }
        if (options.json()) {
            out.println(certificate.toPrettyString());
        } else {
            print(certificate, committed, drained, out);
        }
        out.flush();
        return drained ? 0 : EXIT_NOT_DRAINED;
    }

    private JsonNode certificate(NodeClient client) {
        return client.get(direction.to(), "drain", Map.of("from", direction.from(), "to", direction.to()));
    }

    private JsonNode awaited(NodeClient client, JsonNode committed, PrintWriter out) {
        Patience patience = new Patience(Duration.ofSeconds(timeoutSeconds));
        JsonNode certificate = certificate(client);
        for (long asked = 0; !holds(certificate, committed) && patience.again(); asked++) {
            certificate = certificate(client);
            if (asked % 10 == 0 && !options.json() && !holds(certificate, committed)) {
                out.printf(
                        "waiting: %s holds %s up to %s, %s pending%n",
                        direction.to(),
                        direction.from(),
                        certificate.path("holdsThrough").path("time").asText("nothing known"),
                        certificate.path("pending").asText());
                out.flush();
            }
        }
        return certificate;
    }

    private static boolean holds(JsonNode certificate, JsonNode committed) {
        String through = certificate.path("holdsThrough").path("version").asText("0");
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
                            : "not drained: " + direction.from() + " had committed up to "
                                    + committed.path("time").asText());
        }
        if (certificate.has("knownMissingMillis")) {
            out.printf(
                    "known to be missing: what was committed in the %d ms behind that, of which %s changes are"
                            + " published%n",
                    certificate.path("knownMissingMillis").asLong(),
                    certificate.path("pending").asText("?"));
        }
        long silent = certificate.path("silentMillis").asLong();
        if (silent > Duration.ofSeconds(2).toMillis()) {
            out.printf("%s has been silent for %.1f s%n", direction.from(), silent / 1_000.0);
        }
    }

    private int missing(NodeClient client, String above, PrintWriter out) {
        JsonNode answer = client.get(direction.from(), "changes", Map.of("above", above));
        if (answer.path("changes").isMissingNode()) {
            throw new CommandFailedException(direction.from() + " does not say what it changed");
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
