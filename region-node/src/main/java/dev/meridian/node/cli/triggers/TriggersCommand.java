package dev.meridian.node.cli.triggers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.Running;
import dev.meridian.node.cli.client.ClientOptions;
import dev.meridian.node.cli.client.TextTable;
import dev.meridian.node.config.ConfigException;
import dev.meridian.streams.triggers.TriggerStatus;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian triggers}: calls functions with tables' changes, as AWS Lambda does. */
@Command(
        name = "triggers",
        description =
                "Post tables' changes in batches to HTTP endpoints, in the event format and by the rules of AWS Lambda's"
                        + " event source mappings for DynamoDB. Ctrl-C finishes the batches in hand.",
        sortOptions = false,
        footerHeading = "%n",
        footer = "A commented sample: region-node/triggers.sample.yaml")
public final class TriggersCommand implements Callable<Integer> {
    private static final long STATUS_SECONDS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The triggers' YAML file.")
    private Path config = Path.of("triggers.yaml");

    @Mixin
    private ClientOptions client = new ClientOptions();

    @Override
    public Integer call() {
        // A function that was restarted has closed connections that wait here. The records are delivered at least once
        // in any case, and so may be posted once more.
        System.setProperty("jdk.httpclient.enableAllMethodRetry", "true");
        List<TriggerSettings> settings = read();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter words = client.json() ? spec.commandLine().getErr() : out;
        return Running.untilStopped(words, () -> new Session(settings, out), Session::started);
    }

    private List<TriggerSettings> read() {
        try {
            return TriggersFile.read(config);
        } catch (ConfigException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
    }

    private String bootstrap(TriggerSettings settings) {
        String given = settings.bootstrap();
        return given != null ? given : client.client().kafka(String.valueOf(settings.region()));
    }

    /** Triggers that run, and what is said of them. */
    private final class Session implements AutoCloseable {
        private final PrintWriter out;
        private final RunningTriggers triggers;
        private final ScheduledExecutorService reports = Executors.newSingleThreadScheduledExecutor();

        Session(List<TriggerSettings> settings, PrintWriter out) {
            this.out = out;
            this.triggers = new RunningTriggers(settings, TriggersCommand.this::bootstrap);
        }

        void started() {
            if (client.json()) {
                reports.scheduleAtFixedRate(this::report, STATUS_SECONDS, STATUS_SECONDS, TimeUnit.SECONDS);
            }
        }

        private void report() {
            if (client.json()) {
                triggers.status().forEach(status -> out.println(json(status)));
            } else {
                table();
            }
            out.flush();
        }

        private void table() {
            List<List<String>> rows = new ArrayList<>();
            for (TriggerStatus status : triggers.status()) {
                if (rows.isEmpty()) {
                    List<String> heading = new ArrayList<>(List.of("TRIGGER"));
                    status.counts().keySet().forEach(heading::add);
                    rows.add(heading);
                }
                List<String> row = new ArrayList<>(List.of(status.name()));
                status.counts().values().forEach(count -> row.add(count.toString()));
                rows.add(row);
            }
            TextTable.print(rows, out);
        }

        @Override
        public void close() {
            triggers.finish();
            reports.shutdownNow();
            report();
            triggers.close();
        }
    }

    private static ObjectNode json(TriggerStatus status) {
        ObjectNode json = JSON.createObjectNode();
        json.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
                .put("trigger", status.name())
                .put("state", status.state().name())
                .put("partitions", status.partitions())
                .put("behindMillis", status.behindMillis());
        status.counts().forEach(json::put);
        return json;
    }
}
