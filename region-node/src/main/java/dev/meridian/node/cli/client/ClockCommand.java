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
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian clock}: whether the regions' clocks are followed, and what an operator decides about one. */
@Command(
        name = "clock",
        description = "Show the regions' clocks, and decide about one that jumped.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ClockCommand.Status.class, ClockCommand.Accept.class, ClockCommand.Heal.class})
public final class ClockCommand {
    private static final double MILLIS_PER_SECOND = 1_000;

    private static void print(JsonNode clock, PrintWriter out) {
        clock.path("alarms").forEach(alarm -> out.println(alarm.asText()));
        if (clock.has("refused")) {
            out.println(clock.path("refused").asText());
        }
    }

    /** {@code meridian clock status}. */
    @Command(name = "status", description = "Show each region's clock, and whether it is followed.")
    static final class Status implements Callable<Integer> {
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
                try {
                    all.set(region, client.get(region, "clock", Map.of()));
                } catch (RegionAwayException away) {
                    all.putObject(region)
                            .put("region", region)
                            .put("state", "NO_ANSWER")
                            .withArrayProperty("alarms")
                            .add(away.getMessage());
                }
            });
            PrintWriter out = spec.commandLine().getOut();
            if (options.json()) {
                out.println(all.toPrettyString());
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("REGION", "STATE", "WALL CLOCK", "HELD BACK", "VERSIONS AHEAD"));
                all.forEach(clock -> rows.add(List.of(
                        clock.path("region").asText(),
                        clock.path("healing").asBoolean()
                                ? "HEALING"
                                : clock.path("state").asText(),
                        clock.path("wall").asText(),
                        seconds(clock.path("heldMillis")),
                        seconds(clock.path("versionsAheadMillis")))));
                TextTable.print(rows, out);
                all.forEach(clock -> print(clock, out));
            }
            out.flush();
            return 0;
        }

        private static String seconds(JsonNode millis) {
            return millis.isNumber() ? millis.asLong() / MILLIS_PER_SECOND + " s" : "unknown";
        }
    }

    /** What an operator decides about one region's clock. */
    private abstract static class Decision implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        @Mixin
        private ClientOptions options = new ClientOptions();

        @Option(names = "--region", paramLabel = "NAME", required = true, description = "The region whose clock it is.")
        private String region = "";

        private final String action;
        private final String done;

        Decision(String action, String done) {
            this.action = action;
            this.done = done;
        }

        @Override
        public Integer call() {
            JsonNode answer = options.client().post(region, action, Map.of());
            PrintWriter out = spec.commandLine().getOut();
            if (options.json()) {
                out.println(answer.toPrettyString());
            } else {
                out.println(done + " " + region);
                print(answer, out);
            }
            out.flush();
            return 0;
        }
    }

    /** {@code meridian clock accept}. */
    @Command(
            name = "accept",
            description =
                    "Say that a region's clock, which jumped or is ahead of the others, is right: it is followed.",
            footerHeading = "%n",
            footer = "If it is not right after all, the region's writes are invisible elsewhere until their clocks are"
                    + " there.")
    static final class Accept extends Decision {
        Accept() {
            super("clock-accept", "the clock is taken for right:");
        }
    }

    /** {@code meridian clock heal}. */
    @Command(
            name = "heal",
            description =
                    "Make the versions anew that a region made while its clock was ahead, once the clock is right.",
            footerHeading = "%n",
            footer =
                    "Nothing is lost. The region refuses writes for some seconds or minutes, and then all that it wrote"
                            + " is visible elsewhere. clock status shows when it is done.")
    static final class Heal extends Decision {
        Heal() {
            super("clock-heal", "the versions that are ahead of the clock are made anew:");
        }
    }
}
