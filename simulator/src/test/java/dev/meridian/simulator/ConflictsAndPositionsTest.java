package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.cli.client.ConflictsCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** Running regions: conflicts that are seen and put back, reads behind a position, metrics. */
class ConflictsAndPositionsTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";

    /** Of tries, each of which waits for 5 s: a busy machine may stand still for so long. */
    private static final int PATIENT = 10;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static DynamoDbClient us;
    private static DynamoDbClient eu;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        us = Cluster.client(cluster.frontDoorPort(), US);
        eu = Cluster.client(cluster.frontDoorPort(), EU);
    }

    @AfterAll
    static void stop() {
        us.close();
        eu.close();
        cluster.close();
    }

    private static String endpoint(String region) {
        return cluster.regions().stream()
                .filter(each -> each.region().value().equals(region))
                .findFirst()
                .orElseThrow()
                .endpoint();
    }

    private static HttpResponse<String> ask(String method, String region, String page) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(endpoint(region) + "/-/" + page))
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private static JsonNode json(String method, String region, String page) {
        try {
            return JSON.readTree(ask(method, region, page).body());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static Map<String, AttributeValue> item(String pk, String v) {
        return Map.of("pk", AttributeValue.fromS(pk), "v", AttributeValue.fromS(v));
    }

    private static Map<String, AttributeValue> read(DynamoDbClient client, String table, String pk) {
        return client.getItem(request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(pk))))
                .item();
    }

    private static void replicatedTable(String name) {
        Cluster.createTable(us, name);
        Cluster.addReplicas(us, name, EU);
    }

    /** Both regions write the same item while neither hears of the other. The later write wins. */
    private static void conflict(String table, String pk) {
        cluster.node(new RegionId(US)).stopKafka();
        cluster.node(new RegionId(EU)).stopKafka();
        us.putItem(request -> request.tableName(table).item(item(pk, "from us")));
        eu.putItem(request -> request.tableName(table).item(item(pk, "from eu")));
        cluster.node(new RegionId(US)).startKafka();
        cluster.node(new RegionId(EU)).startKafka();
        for (String region : List.of(US, EU)) {
            Cluster.await(
                    "the conflict in " + region,
                    () -> json("GET", region, "conflicts?table=" + table)
                                    .path("conflicts")
                                    .size()
                            > 0);
        }
    }

    private static String run(Object command, String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(command).setOut(new PrintWriter(out));
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--endpoint";
        all[arguments.length + 1] = "http://127.0.0.1:" + cluster.frontDoorPort();
        assertThat(line.execute(all)).as(out.toString()).isZero();
        return out.toString();
    }

    @Test
    void aLostWriteIsSeenInBothRegionsAndCanBePutBack() {
        replicatedTable("lost");
        conflict("lost", "a");
        JsonNode seen = json("GET", EU, "conflicts?table=lost").path("conflicts");
        assertThat(seen).hasSize(1);
        JsonNode conflict = seen.get(0);
        assertThat(conflict.path("winner").path("region").asText()).isEqualTo(EU);
        assertThat(conflict.path("loser").path("region").asText()).isEqualTo(US);
        assertThat(conflict.path("loser").path("image").path("v").path("S").asText())
                .isEqualTo("from us");
        assertThat(conflict.path("winner").path("image").path("v").path("S").asText())
                .isEqualTo("from eu");
        assertThat(conflict.path("differs").toString()).isEqualTo("[\"v\"]");
        JsonNode there =
                json("GET", US, "conflicts?table=lost").path("conflicts").get(0);
        assertThat(there.path("loser")).isEqualTo(conflict.path("loser"));
        assertThat(there.path("winner")).isEqualTo(conflict.path("winner"));

        assertThat(run(new ConflictsCommand(), "--table", "lost").lines())
                .hasSize(2)
                .last()
                .asString()
                .matches(".* (eu-west-1|us-east-1) +\\d+ +lost +a +eu-west-1 +us-east-1 +v");
        assertThat(run(new ConflictsCommand(), "--table", "lost", "--region", US, "--since", "1h", "--json"))
                .contains("\"from us\"");
        assertThat(run(new ConflictsCommand(), "--since", "2100-01-01T00:00:00Z", "--json"))
                .isEmpty();

        String id = conflict.path("id").asText();
        String restored = run(new ConflictsCommand(), "restore", "--region", EU, "--id", id);
        assertThat(restored).startsWith("restored {\"pk\":{\"S\":\"a\"}} in lost");
        Cluster.await("the restored item", () -> read(us, "lost", "a").equals(item("a", "from us")));
        HttpResponse<String> again = ask("POST", EU, "conflicts/restore?id=" + id);
        assertThat(again.statusCode()).isEqualTo(400);
        assertThat(again.body()).contains("the item has changed since");
        eu.putItem(request -> request.tableName("lost").item(item("a", "later")));
        assertThat(ask("POST", EU, "conflicts/restore?force=true&id=" + id).statusCode())
                .isEqualTo(200);
        assertThat(read(eu, "lost", "a")).isEqualTo(item("a", "from us"));
        assertThat(json("GET", EU, "conflicts?table=lost").path("conflicts")).hasSize(1);
        assertThat(ask("POST", EU, "conflicts/restore?id=999999").statusCode()).isEqualTo(400);
        assertThat(ask("GET", EU, "conflicts?since=yesterday").statusCode()).isEqualTo(400);
    }

    /** Remembers the position of the last answer, and sends it with each request. */
    private static final class Session implements ExecutionInterceptor {
        final AtomicReference<String> position = new AtomicReference<>("");
        volatile String waitMillis = "5000";

        @Override
        public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            String after = position.get();
            return after.isEmpty()
                    ? context.httpRequest()
                    : context.httpRequest().toBuilder()
                            .putHeader("x-meridian-after", after)
                            .putHeader("x-meridian-wait-millis", waitMillis)
                            .build();
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            context.httpResponse().firstMatchingHeader("x-meridian-position").ifPresent(position::set);
        }
    }

    /** @param attempts at a request that a region refuses because it is behind */
    private static DynamoDbClient client(String region, Session session, int attempts) {
        return DynamoDbClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + cluster.frontDoorPort()))
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "thing")))
                .overrideConfiguration(override -> override.addExecutionInterceptor(session)
                        .retryStrategy(strategy -> strategy.maxAttempts(attempts)))
                .build();
    }

    @Test
    void aSessionReadsItsWritesInWhicheverRegionItAsks() {
        replicatedTable("session");
        Session session = new Session();
        try (DynamoDbClient here = client(US, session, PATIENT);
                DynamoDbClient there = client(EU, session, PATIENT)) {
            for (int i = 0; i < 10; i++) {
                String v = "v" + i;
                DynamoDbClient writes = i % 2 == 0 ? here : there;
                DynamoDbClient reads = i % 2 == 0 ? there : here;
                writes.putItem(request -> request.tableName("session").item(item("k", v)));
                assertThat(read(reads, "session", "k")).isEqualTo(item("k", v));
            }
        }
    }

    @Test
    void aRegionThatIsBehindSaysSoWithAnErrorThatIsTriedAgain() {
        replicatedTable("behind");
        Session session = new Session();
        try (DynamoDbClient here = client(US, session, 1);
                DynamoDbClient there = client(EU, session, 1)) {
            cluster.node(new RegionId(US)).stopKafka();
            here.putItem(request -> request.tableName("behind").item(item("k", "v")));
            session.waitMillis = "300";
            String position = session.position.get();
            assertThatThrownBy(() -> read(there, "behind", "k"))
                    .isInstanceOfSatisfying(DynamoDbException.class, behind -> {
                        assertThat(behind.statusCode()).isEqualTo(503);
                        assertThat(behind.getMessage()).contains("has not yet applied", "behind us-east-1");
                    });
            cluster.node(new RegionId(US)).startKafka();
            session.position.set(position);
            Cluster.await("it is served", () -> {
                try {
                    session.position.set(position);
                    return read(there, "behind", "k").equals(item("k", "v"));
                } catch (DynamoDbException stillBehind) {
                    assertThat(stillBehind.statusCode()).isEqualTo(503);
                    return false;
                }
            });
            session.position.set("nonsense!");
            assertThatThrownBy(() -> read(there, "behind", "k"))
                    .isInstanceOfSatisfying(DynamoDbException.class, refused -> {
                        assertThat(refused.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
                        assertThat(refused.getMessage()).contains("x-meridian-after");
                    });
        } finally {
            cluster.node(new RegionId(US)).startKafka();
        }
    }

    @Test
    void eachMetricThatTheDashboardShowsIsThere() throws Exception {
        replicatedTable("measured");
        conflict("measured", "a");
        us.putItem(request -> request.tableName("measured").item(item("b", "b")));
        us.deleteItem(request -> request.tableName("measured").key(Map.of("pk", AttributeValue.fromS("b"))));
        assertThatThrownBy(
                        () -> us.putItem(request -> request.tableName("nowhere").item(item("b", "b"))))
                .isInstanceOf(DynamoDbException.class);
        assertThatThrownBy(() -> eu.putItem(request -> request.tableName("measured")
                        .item(item("a", "b"))
                        .conditionExpression("attribute_not_exists(pk)")))
                .isInstanceOf(DynamoDbException.class);
        Cluster.await(
                "its replication",
                () -> ask("GET", EU, "metrics")
                        .body()
                        .contains("meridian_ReplicationLatency_seconds_count{from=\"us-east-1\""));
        Set<String> known = new HashSet<>();
        for (String region : List.of(US, EU)) {
            HttpResponse<String> answer = ask("GET", region, "metrics");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/plain; version=0.0.4");
            answer.body()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> known.add(line.split("[{ ]", 2)[0]));
        }
        Set<String> named = new TreeSet<>();
        for (JsonNode expression : JSON.readTree(dashboard().toFile()).findValues("expr")) {
            Matcher names = Pattern.compile("(meridian|resilience4j)_\\w+").matcher(expression.asText());
            while (names.find()) {
                named.add(names.group());
            }
        }
        assertThat(named).hasSizeGreaterThan(10);
        // Counted only once there is something to count: they have no series before.
        named.removeAll(Set.of("meridian_SystemErrors_total", "meridian_ThrottledRequests_total"));
        assertThat(known).containsAll(named);
    }

    /** The test runs in the module's folder or in the root. */
    private static Path dashboard() {
        Path below = Path.of("region-node/grafana-dashboard.json");
        return below.toFile().exists() ? below : Path.of("..").resolve(below);
    }
}
