package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code meridian triggers} in a process of its own, upon a running region with its broker, and functions over HTTP. */
class TriggersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TABLE = "plays";

    @TempDir
    Path folder;

    private OneRegion region;
    private HttpServer server;
    private Process process;
    private final List<JsonNode> records = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        region = new OneRegion(folder.resolve("data"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        server.stop(0);
        region.close();
    }

    /** What it answers counts as done if it is a success. */
    private void function(Function<List<JsonNode>, Integer> does) {
        server.createContext("/", exchange -> {
            List<JsonNode> batch = new ArrayList<>();
            JSON.readTree(exchange.getRequestBody()).path("Records").forEach(batch::add);
            synchronized (records) {
                int status = does.apply(batch);
                if (status == 200) {
                    records.addAll(batch);
                }
                answer(exchange, status);
            }
        });
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private int done() {
        synchronized (records) {
            return records.size();
        }
    }

    private Path log() {
        return folder.resolve("triggers.log");
    }

    private void trigger(String more) throws IOException {
        Path config = Files.writeString(folder.resolve("triggers.yaml"), """
                triggers:
                  - name: t
                    region: %s
                    table: %s
                    function: {url: 'http://127.0.0.1:%d/'}
                    %s
                """.formatted(
                        OneRegion.REGION, TABLE, server.getAddress().getPort(), more));
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.meridian.node.cli.Meridian",
                        "triggers",
                        "--config",
                        config.toString(),
                        "--endpoint",
                        "http://localhost:" + region.frontDoorPort()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
    }

    private String said() {
        try {
            return Files.readString(log());
        } catch (IOException none) {
            return "";
        }
    }

    private void createTable() {
        region.createTable(TABLE, request -> {}, 1, "pk S");
    }

    @Test
    void aRealChangeArrivesAsLambdaHasItAndAStopIsClean() throws Exception {
        createTable();
        function(batch -> 200);
        trigger("startingPosition: LATEST");
        Cluster.await("it waits for the topic; " + log(), () -> said().contains("waits for topic"));
        region.put(TABLE, "pk", "k", "n", 1, "s", "ä\"😀");
        region.put(TABLE, "pk", "k", "n", 2);
        Cluster.await("both changes; " + log(), () -> done() == 2);
        JsonNode modify = records.get(1);
        JsonNode change = modify.path("dynamodb");
        assertThat(modify.path("eventName").asText()).isEqualTo("MODIFY");
        assertThat(modify.path("eventID").asText()).matches("[0-9a-f]{32}");
        assertThat(modify.path("awsRegion").asText()).isEqualTo(OneRegion.REGION);
        assertThat(modify.path("eventSourceARN").asText())
                .startsWith("arn:aws:dynamodb:us-east-1:000000000000:table/plays/stream/");
        assertThat(change.path("Keys")).isEqualTo(JSON.readTree("{\"pk\": {\"S\": \"k\"}}"));
        assertThat(change.path("NewImage")).isEqualTo(JSON.readTree("{\"pk\": {\"S\": \"k\"}, \"n\": {\"N\": \"2\"}}"));
        assertThat(change.path("OldImage"))
                .isEqualTo(records.get(0).path("dynamodb").path("NewImage"));
        assertThat(change.path("ApproximateCreationDateTime").isIntegralNumber())
                .isTrue();
        assertThat(change.path("SequenceNumber").asText())
                .isGreaterThan(
                        records.get(0).path("dynamodb").path("SequenceNumber").asText());
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(said()).isTrue();
        assertThat(said()).containsPattern("(?s)TRIGGER +read +filtered.*\nt +2 +0 +[12] +0");
    }

    @Test
    void overKillsEachChangeArrivesAndThoseOfAnItemFirstComeInTheirOrder() throws Exception {
        createTable();
        int items = 7;
        int changes = 600;
        AtomicInteger calls = new AtomicInteger();
        function(batch -> calls.incrementAndGet() % 5 == 0 ? 500 : 200);
        int written = 0;
        for (int kill = 0; kill < 4; kill++) {
            trigger("batchSize: 7\n    bisectBatchOnFunctionError: true");
            int before = done();
            for (; written < (kill + 1) * changes / 4; written++) {
                region.put(TABLE, "pk", "k" + written % items, "n", written);
            }
            Cluster.await("some more are done; " + log(), () -> done() > before);
            if (kill < 3) {
                process.destroyForcibly().waitFor();
            }
        }
        Cluster.await("all are done; " + log(), () -> numbers().size() == changes);
        Map<Integer, Integer> last = new HashMap<>();
        for (int number : numbers()) {
            Integer before = last.put(number % items, number);
            assertThat(before == null || before + items == number)
                    .as("of item %d, %d comes behind %s", number % items, number, before)
                    .isTrue();
        }
    }

    /** In the order in which they came first. */
    private Set<Integer> numbers() {
        Set<Integer> numbers = new LinkedHashSet<>();
        synchronized (records) {
            records.forEach(record -> numbers.add(
                    record.path("dynamodb").path("NewImage").path("n").path("N").asInt()));
        }
        return numbers;
    }

    @Test
    void aMistakeInTheFileIsOneLine() throws Exception {
        trigger("batchSize: 0");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(said().lines())
                .singleElement()
                .asString()
                .endsWith("triggers.yaml: line 6, field triggers[0].batchSize: must be between 1 and 10000, not 0");
    }
}
