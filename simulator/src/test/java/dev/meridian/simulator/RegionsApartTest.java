package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.node.RegionNode;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.ConflictsCommand;
import dev.meridian.node.cli.client.DisassociateCommand;
import dev.meridian.node.cli.client.DrainCommand;
import dev.meridian.node.cli.client.PauseCommand;
import dev.meridian.node.cli.client.ResumeCommand;
import dev.meridian.node.cli.client.StatusCommand;
import dev.meridian.node.cli.client.VerifyCommand;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.simulator.drill.Ports;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Regions without a front door, as a real deployment has them: a tool that is given the port of one finds the others. The
 * third region is a peer that never runs.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RegionsApartTest {
    private static final String ONE = "one";
    private static final String TWO = "two";
    private static final String GONE = "gone";
    private static final String TABLE = "apart";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static int ports;
    private static RegionNode one;
    private static RegionNode two;
    private static DynamoDbClient client;

    /** HTTP at an even distance from the first port, Kafka behind it. */
    private static int port(String region) {
        return ports + 2 * List.of(ONE, TWO, GONE).indexOf(region);
    }

    private static String url(String region) {
        return "http://127.0.0.1:" + port(region);
    }

    private static PeerConfig peer(String region, @Nullable String http) {
        return new PeerConfig(new RegionId(region), "127.0.0.1:" + (port(region) + 1), new TreeMap<>(), http);
    }

    private static RegionNode start(String region, PeerConfig... peers) {
        return RegionNode.start(new RegionConfig(
                new RegionId(region),
                folder.resolve(region),
                new HttpConfig("127.0.0.1", port(region)),
                new KafkaConfig.Embedded("127.0.0.1", port(region) + 1),
                List.of(peers),
                2,
                false,
                Duration.ZERO,
                null));
    }

    @BeforeAll
    static void start() throws Exception {
        ports = Ports.free(6);
        one = start(ONE, peer(TWO, null), peer(GONE, null));
        // As somebody may get it wrong: what is told to be the third region is the first.
        two = start(TWO, peer(ONE, null), peer(GONE, url(ONE)));
        client = Cluster.client(port(ONE), ONE);
        Cluster.createTable(client, TABLE);
        Cluster.addReplicas(client, TABLE, TWO);
        for (int i = 0; i < 5; i++) {
            String key = "k" + i;
            client.putItem(request -> request.tableName(TABLE).item(Map.of("pk", AttributeValue.fromS(key))));
        }
        Cluster.await("each has heard where the other is", () -> answers(ONE, TWO) && answers(TWO, ONE));
    }

    @AfterAll
    static void stop() {
        client.close();
        one.close();
        two.close();
    }

    private record Said(int code, String out, String err) {}

    private static Said run(Callable<Integer> command, String endpoint, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setParameterExceptionHandler((wrong, words) -> {
                    err.write(String.valueOf(wrong.getMessage()));
                    return 2;
                })
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    if (!(failure instanceof CommandFailedException)) {
                        throw failure;
                    }
                    err.write(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(Stream.concat(Stream.of(arguments), Stream.of("--endpoint", endpoint))
                        .toArray(String[]::new));
        return new Said(code, out.toString(), err.toString());
    }

    private static HttpResponse<String> send(String method, String url) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static JsonNode directory(String at, String of) {
        try {
            for (JsonNode region :
                    JSON.readTree(send("GET", url(at) + "/-/regions").body()).path("regions")) {
                if (region.path("region").asText().equals(of)) {
                    return region;
                }
            }
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
        throw new AssertionError("no " + of + " at " + at);
    }

    private static boolean answers(String at, String of) {
        return directory(at, of).path("answers").asBoolean();
    }

    @Test
    @Order(1)
    void aRegionTellsOfItselfAndItsPeers() {
        assertThat(directory(ONE, ONE).path("self").asBoolean()).isTrue();
        assertThat(directory(ONE, ONE).path("endpoint").asText()).isEqualTo(url(ONE));
        assertThat(directory(ONE, TWO).path("endpoint").asText()).isEqualTo(url(TWO));
        assertThat(directory(ONE, GONE).path("endpoint").isNull()).isTrue();
        assertThat(directory(ONE, GONE).path("reason").asText()).isEqualTo("its address is not known");
        assertThat(directory(TWO, GONE).path("reason").asText()).isEqualTo("another region answers there, not gone");
    }

    @Test
    @Order(2)
    void statusShowsBothDirectionsOfEachPairFromAnyPort() throws Exception {
        for (String at : List.of(ONE, TWO)) {
            Cluster.await("both are heard", () -> {
                String out = run(new StatusCommand(), url(at)).out();
                return out.lines().anyMatch(line -> line.matches("one +two +RUNNING .*"))
                        && out.lines().anyMatch(line -> line.matches("two +one +RUNNING .*"));
            });
            Said status = run(new StatusCommand(), url(at));
            assertThat(status.code()).isZero();
            assertThat(status.out().lines().filter(line -> line.matches("(one|two|gone) +(one|two|gone) .*")))
                    .hasSize(6);
            assertThat(status.out()).containsPattern("one +gone +NO_ANSWER +unknown");
            assertThat(status.out()).contains("ALARM   gone: NO_ANSWER: ");
        }
        assertThat(run(new StatusCommand(), url(ONE)).out())
                .contains("the address of region gone is not known at " + url(ONE));
        assertThat(run(new StatusCommand(), url(TWO)).out())
                .contains(url(ONE) + " is told to be region gone, but region one answers there");
        JsonNode json =
                JSON.readTree(run(new StatusCommand(), url(ONE), "--json").out());
        assertThat(json.path(TWO).path("remote").has(ONE)).isTrue();
        assertThat(json.path(GONE).path("error").asText()).contains("not known");
    }

    @Test
    @Order(3)
    void drainAndVerifyAnswerTheSameFromEachPort() {
        for (String at : List.of(ONE, TWO)) {
            for (String[] way : List.of(new String[] {ONE, TWO}, new String[] {TWO, ONE})) {
                Said drained = run(new DrainCommand(), url(at), "--from", way[0], "--to", way[1], "--wait");
                assertThat(drained.out())
                        .contains(way[1] + " holds everything " + way[0] + " committed up to version")
                        .contains("drained: that is all");
                assertThat(drained.code()).isZero();
            }
            Said same = run(new VerifyCommand(), url(at), "--table", TABLE);
            assertThat(same.out()).contains("one: 5 items", "two: 5 items", "apart is the same in all 2 regions");
            assertThat(same.code()).isZero();
            assertThat(run(new DrainCommand(), url(at), "--from", GONE, "--to", TWO)
                            .out())
                    .contains("nothing can be said of what two holds of gone");
            assertThat(run(new DrainCommand(), url(at), "--from", "nowhere", "--to", TWO)
                            .err())
                    .contains("nowhere");
            assertThat(run(new DrainCommand(), url(at), "--from", ONE, "--to", "nowhere")
                            .err())
                    .contains("no region nowhere is known at " + url(at) + "; there are: gone, one, two");
            assertThat(run(new DrainCommand(), url(at), "--from", GONE, "--to", TWO, "--wait"))
                    .satisfies(said -> assertThat(said.code()).isEqualTo(1))
                    .satisfies(said -> assertThat(said.err()).contains("region gone", "without --wait drain says"));
        }
    }

    @Test
    @Order(4)
    void replicationIsSteeredFromAnyPort() {
        assertThat(run(new PauseCommand(), url(ONE), "--from", ONE, "--to", TWO).code())
                .isZero();
        Cluster.await(
                "it is paused", () -> run(new StatusCommand(), url(ONE)).out().contains("PAUSED"));
        assertThat(run(new ResumeCommand(), url(ONE), "--from", ONE, "--to", TWO)
                        .code())
                .isZero();
    }

    @Test
    @Order(5)
    void conflictsOfATableThatIsNotThereAreNone() {
        Said nope = run(new ConflictsCommand(), url(ONE), "--table", "nope");
        assertThat(nope.err()).endsWith("there is no table nope in one, two");
        assertThat(nope.code()).isEqualTo(1);
        assertThat(run(new ConflictsCommand(), url(ONE), "--table", "nope", "--region", TWO)
                        .err())
                .isEqualTo("there is no table nope in two");
        Said all = run(new ConflictsCommand(), url(TWO), "--table", TABLE);
        assertThat(all.out()).startsWith("TIME");
        assertThat(all.err()).contains("not asked: ").contains("gone");
        assertThat(all.code()).as("not all were asked").isEqualTo(1);
        assertThat(run(new ConflictsCommand(), url(TWO), "--table", TABLE, "--region", ONE)
                        .code())
                .isZero();
    }

    @Test
    @Order(6)
    void whatMakesNoSenseIsRefused() {
        assertThat(send("POST", url(ONE) + "/-/disassociate?table=" + TABLE + "&wait=maybe"))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(400))
                .satisfies(answer -> assertThat(answer.body()).contains("'wait' is true or false, not 'maybe'"));
        assertThat(send("POST", url(ONE) + "/-/conflicts/restore?id=1&force=maybe")
                        .body())
                .contains("'force' is true or false");
        assertThat(send("GET", url(ONE) + "/-/disassociate?table=nope"))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(404))
                .satisfies(answer -> assertThat(answer.body()).contains("there is no table nope"));
        assertThat(send("GET", url(ONE) + "/-/audit?table=" + TABLE + "&partition=0&after=-1")
                        .body())
                .contains("'after' is between 0 and");
        assertThat(send("GET", url(ONE) + "/-/drain?from=one&to=two&verbose=1").body())
                .contains("'verbose' is no parameter of /-/drain, which takes from, to");
    }

    /** The last: the second region is gone then. */
    @Test
    @Order(7)
    void aRegionThatDoesNotAnswerIsNamedWithItsAddress() {
        two.close();
        String away = "region two does not answer at " + url(TWO) + ": is Meridian running?";
        Said status = run(new StatusCommand(), url(ONE));
        assertThat(status.code()).isZero();
        assertThat(status.out()).containsPattern("one +two +NO_ANSWER").containsPattern("two +one +(RUNNING|BUS_AWAY)");
        assertThat(status.out()).contains("ALARM   two: NO_ANSWER: " + away);
        assertThat(run(new VerifyCommand(), url(ONE), "--table", TABLE).err()).isEqualTo(away);
        assertThat(run(new DrainCommand(), url(ONE), "--from", ONE, "--to", TWO).err())
                .isEqualTo(away);
        Said survivor = run(new DrainCommand(), url(ONE), "--from", TWO, "--to", ONE);
        assertThat(survivor.out()).contains("one holds everything two committed up to version");
        assertThat(run(new DisassociateCommand(), url(ONE), "--table", TABLE, "--region", TWO)
                        .err())
                .isEqualTo(away);
        assertThat(run(new StatusCommand(), url(TWO)).err())
                .isEqualTo("nothing answers at " + url(TWO) + ": is Meridian running?");
    }
}
