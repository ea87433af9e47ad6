package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.GlobalTables;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.streams.DutyRunner;
import io.vertx.core.Vertx;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a client sends, it gets an error of the protocol: never a 500, never silence. */
class MalformedRequestsTest {
    private static final String AUTHORIZATION =
            "AWS4-HMAC-SHA256 Credential=any/20260101/here/dynamodb/aws4_request," + " SignedHeaders=host, Signature=0";

    @TempDir
    static Path folder;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static Vertx vertx;
    private static LmdbStore store;
    private static DutyRunner writer;
    private static HttpServers server;

    @BeforeAll
    static void start() throws Exception {
        RegionId here = new RegionId("here");
        vertx = Vertx.vertx();
        store = LmdbStore.open(
                new LmdbStore.Config(folder, here, InstantSource.system(), false, 1L << 30, Duration.ofSeconds(60)));
        writer = new DutyRunner("writer", store.writer(), Duration.ofMillis(5), bug -> {});
        store.onQueued(writer::ring);
        writer.start();
        Operations operations = new Operations(new ApiContext(
                here, store, new NoReplicas(), InstantSource.system(), () -> new TableId(UUID.randomUUID()), 1));
        server = HttpServers.region(vertx, "127.0.0.1", 0, new DynamoHandler(here, operations, vertx), new Pages());
        assertThat(post(
                                "CreateTable",
                                "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\","
                                        + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
                                        + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        server.close();
        store.close();
        writer.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static final class NoReplicas implements GlobalTables {
        @Override
        public CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> set(TableDescriptor table, TableSettings settings) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<ReplicaDescription> replicas(TableDescriptor table) {
            return List.of();
        }

        @Override
        public CompletionStage<Void> delete(TableDescriptor table) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private static HttpResponse<String> post(String operation, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
                        .timeout(Duration.ofSeconds(20))
                        .header("X-Amz-Target", "DynamoDB_20120810." + operation)
                        .header("Content-Type", "application/x-amz-json-1.0")
                        .header("Authorization", AUTHORIZATION)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** One line of the table: operation, body, type of the error, what its message begins with. */
    static Stream<List<String>> refused() throws Exception {
        try (InputStream lines = MalformedRequestsTest.class.getResourceAsStream("refused.txt")) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> List.of(line.split(" \\|(?: |$)", -1)));
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void isRefusedAsDynamoDbRefusesIt(List<String> row) throws Exception {
        HttpResponse<String> response = post(row.get(0), row.get(1));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body());
        assertThat(error.path("__type").asText()).endsWith("#" + row.get(2));
        String message = error.path("message").asText(error.path("Message").asText());
        assertThat(message).startsWith(row.get(3));
        assertThat(response.headers().firstValue("x-amzn-RequestId").orElseThrow())
                .hasSize(52);
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(response.body().getBytes(StandardCharsets.UTF_8));
        assertThat(response.headers().firstValue("x-amz-crc32")).hasValue(Long.toString(crc.getValue()));
    }

    @Test
    void largeThingsAreRefusedByTheirSize() throws Exception {
        String item = "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"%s\"},\"v\":{\"S\":\"%s\"}}}";
        assertRefused("PutItem", item.formatted("a", "x".repeat(410_000)), "Item size has exceeded the maximum");
        assertRefused(
                "PutItem",
                item.formatted("k".repeat(2_049), ""),
                "One or more parameter values were invalid: Size of hashkey");
        assertRefused("PutItem", "x".repeat(2 << 20), "");
        String deep = "{\"L\":[".repeat(40) + "{\"S\":\"\"}" + "]}".repeat(40);
        assertRefused(
                "PutItem",
                "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":" + deep + "}}",
                "Nesting Levels have exceeded supported limits");
        assertRefused("PutItem", "[".repeat(100_000), "");
    }

    private static void assertRefused(String operation, String body, String message) throws Exception {
        HttpResponse<String> response = post(operation, body);
        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body());
        assertThat(error.path("message").asText(error.path("Message").asText())).startsWith(message);
    }

    @Test
    void brokenHttpIsAnsweredAndTheServerGoesOn() throws Exception {
        assertThat(raw("GARBAGE\r\n\r\n")).startsWith("HTTP/1.");
        assertThat(raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"))
                .contains("400")
                .contains("MissingAuthenticationTokenException");
        try (Socket half = new Socket("127.0.0.1", server.port())) {
            half.getOutputStream()
                    .write(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"Tab")
                            .getBytes(StandardCharsets.US_ASCII));
            half.shutdownOutput();
            half.setSoTimeout(45_000);
            assertThat(half.getInputStream().read()).as("closed by the server").isEqualTo(-1);
        }
        assertThat(post("ListTables", "{}").statusCode()).isEqualTo(200);
    }

    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[4096];
            StringBuilder answer = new StringBuilder();
            int count = socket.getInputStream().read(buffer);
            answer.append(new String(buffer, 0, Math.max(0, count), StandardCharsets.UTF_8));
            if (count > 0 && !answer.toString().contains("__type")) {
                socket.setSoTimeout(300);
                try {
                    count = socket.getInputStream().read(buffer);
                    answer.append(new String(buffer, 0, Math.max(0, count), StandardCharsets.UTF_8));
                } catch (java.net.SocketTimeoutException nothingMore) {
                    // All of it is here.
                }
            }
            return answer.toString();
        }
    }

    @Test
    void mutatedRequestsAreAnsweredWithAnErrorOrDone() throws Exception {
        String[][] seeds = {
            {
                "PutItem",
                "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"l\":{\"L\":[{\"NS\":[\"1\"]}]}}}"
            },
            {
                "UpdateItem",
                "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"a\"}},\"UpdateExpression\":\"SET n = n + :o, #x.y[1] = :o REMOVE z ADD s :t\",\"ExpressionAttributeNames\":{\"#x\":\"x\"},\"ExpressionAttributeValues\":{\":o\":{\"N\":\"1\"},\":t\":{\"SS\":[\"b\"]}}}"
            },
            {
                "Query",
                "{\"TableName\":\"tab\",\"KeyConditionExpression\":\"pk = :p\",\"FilterExpression\":\"size(n) > :p AND NOT (a IN (:p, :p) OR contains(b, :p))\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}}}"
            },
            {
                "BatchWriteItem",
                "{\"RequestItems\":{\"tab\":[{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"b\"}}}},{\"DeleteRequest\":{\"Key\":{\"pk\":{\"S\":\"c\"}}}}]}}"
            }
        };
        Property.holds(3_000, random -> {
            String[] seed = seeds[random.nextInt(seeds.length)];
            StringBuilder body = new StringBuilder(seed[1]);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                int at = random.nextInt(body.length());
                String letters = "{}[]\":,.#()=<>+-0aNS\\ ";
                switch (random.nextInt(3)) {
                    case 0 -> body.deleteCharAt(at);
                    case 1 -> body.insert(at, letters.charAt(random.nextInt(letters.length())));
                    default -> body.setCharAt(at, letters.charAt(random.nextInt(letters.length())));
                }
            }
            assertThat(post(seed[0], body.toString()).statusCode())
                    .as(body.toString())
                    .isIn(200, 400);
        });
    }
}
