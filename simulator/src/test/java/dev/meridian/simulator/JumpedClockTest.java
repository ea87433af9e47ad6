package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.cli.client.ClockCommand;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** Two real regions, of which one's clock jumps an hour ahead: what its clients and its operator see. */
class JumpedClockTest {
    private static final String EU = "eu-west-1";
    private static final String US = "us-east-1";
    private static final String TABLE = "tab";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private int ports;

    @BeforeEach
    void choosePorts() throws IOException {
        ports = Ports.free(4);
    }

    private JsonNode ask(String method, String page) {
        try {
            return JSON.readTree(text(method, page));
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private String text(String method, String page) {
        URI address = URI.create("http://127.0.0.1:" + ports + "/-/" + page);
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(address)
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private void clockIsOffBy(Duration offset) {
        ask("POST", "drill/clock?offsetMillis=" + offset.toMillis());
    }

    private String command(String... arguments) {
        StringWriter out = new StringWriter();
        new CommandLine(new ClockCommand())
                .setOut(new PrintWriter(out))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    out.write(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(java.util.stream.Stream.concat(
                                java.util.Arrays.stream(arguments),
                                java.util.stream.Stream.of("--endpoint", "http://127.0.0.1:" + ports))
                        .toArray(String[]::new));
        return out.toString();
    }

    private static void put(DynamoDbClient client, String pk) {
        client.putItem(request -> request.tableName(TABLE).item(OneRegion.item("pk", pk)));
    }

    private static boolean has(DynamoDbClient client, String pk) {
        return client.getItem(request -> request.tableName(TABLE).key(OneRegion.item("pk", pk)))
                .hasItem();
    }

    @Test
    void writesAreRefusedUntilTheOperatorDecidesAndAHealMakesAllVisible() throws Exception {
        try (RegionProcess eu = Cluster.oneOfTwo(folder, ports, 0, EU, US, "drill: {clockOffsetMillis: 0}");
                RegionProcess us = Cluster.oneOfTwo(folder, ports, 1, US, EU, "drill: {clockOffsetMillis: 0}");
                DynamoDbClient atEu = Cluster.clientWithoutRetries(ports, EU);
                DynamoDbClient atUs = Cluster.client(ports + 1, US)) {
            eu.start();
            us.start();
            Cluster.createTable(atEu, TABLE);
            Cluster.addReplicas(atEu, TABLE, US);
            put(atEu, "before");
            Cluster.await("the first item", () -> has(atUs, "before"));

            clockIsOffBy(Duration.ofHours(1));
            Cluster.await("the jump is seen", () -> ask("GET", "clock").has("refused"));
            assertThatThrownBy(() -> put(atEu, "refused"))
                    .isInstanceOfSatisfying(
                            DynamoDbException.class,
                            refused -> assertThat(refused.statusCode()).isEqualTo(503))
                    // An hour, of which the time that passed since the jump is a part.
                    .hasMessageMatching(
                            "(?s)Writes are refused: the clock of eu-west-1 jumped 3(600|5\\d\\d) s ahead.*")
                    .hasMessageContaining("./meridian clock accept --region eu-west-1");
            assertThat(has(atEu, "before")).isTrue();
            assertThat(ask("GET", "healthy").path("alarms").toString()).contains("CLOCK_JUMPED");
            assertThat(text("GET", "metrics")).containsPattern("meridian_alarms\\{region=\"eu-west-1\"} [1-9]");
            put(atUs, "from us");
            Cluster.await("changes are taken in", () -> has(atEu, "from us"));
            assertThat(command("heal", "--region", EU)).contains("set it right, or accept it, first");
            clockIsOffBy(Duration.ZERO);
            Cluster.await("writes go on", () -> !ask("GET", "clock").has("refused"));
            put(atEu, "as if nothing had been");
            Cluster.await("they are seen at once", () -> has(atUs, "as if nothing had been"));

            clockIsOffBy(Duration.ofHours(1));
            Cluster.await("the jump is seen", () -> ask("GET", "clock").has("refused"));
            assertThat(command("accept", "--region", EU)).contains("the clock is taken for right: eu-west-1");
            put(atEu, "in the future");
            clockIsOffBy(Duration.ZERO);
            Cluster.await(
                    "the alarm",
                    () -> ask("GET", "healthy").path("alarms").toString().contains("CLOCK_RAN_AWAY"));
            clockIsOffBy(Duration.ofMinutes(30));
            Cluster.await("the jump is seen", () -> ask("GET", "clock").has("refused"));
            assertThat(ask("GET", "healthy").path("alarms").toString())
                    .contains("CLOCK_JUMPED")
                    .doesNotContain("CLOCK_RAN_AWAY");
            clockIsOffBy(Duration.ZERO);
            Cluster.await("the clock is right", () -> !ask("GET", "clock").has("refused"));
            put(atEu, "after it");
            assertThat(has(atUs, "after it")).isFalse();
            assertThat(command("heal", "--region", EU)).contains("are made anew: eu-west-1");
            Cluster.await(
                    "the heal is done",
                    () -> !ask("GET", "clock").path("healing").asBoolean());
            for (String pk : List.of("in the future", "after it")) {
                Cluster.await(pk, () -> has(atUs, pk));
            }
            put(atEu, "new");
            Cluster.await("what is new", () -> has(atUs, "new"));
            assertThat(command("status")).contains("FOLLOWED").doesNotContain("CLOCK_");
            Cluster.await(
                    "no alarm is left",
                    () -> text("GET", "metrics").contains("meridian_alarms{region=\"eu-west-1\"} 0.0\n"));
        }
    }
}
