package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.OperationsFixture;
import dev.meridian.node.lmdb.FlippedBytes;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client gets of an item whose bytes have changed on the disk. */
class DamagedItemTest {
    private static final String NEEDLE = "a-text-that-is-flipped";
    private static final String BAD = "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"bad\"}}%s}";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private OperationsFixture fixture;
    private HttpServers server;

    @BeforeEach
    void damage() throws Exception {
        fixture = new OperationsFixture(folder);
        ask("CreateTable", RunningRegion.TABLE.formatted("tab"));
        ask("PutItem", put("good", "value", ""));
        ask("PutItem", put("bad", NEEDLE, ""));
        fixture.close();
        assertThat(FlippedBytes.flip(folder, NEEDLE)).isPositive();
        fixture = new OperationsFixture(folder);
        DynamoHandler handler = new DynamoHandler(OperationsFixture.HERE, fixture.operations(), fixture.streams());
        server = HttpServers.region(
                vertx, "127.0.0.1", 0, new BrowserAccess("127.0.0.1", List.of(), List.of()), handler, new Pages());
    }

    @AfterEach
    void stop() {
        server.close();
        fixture.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private void ask(String operation, String body) {
        fixture.operations()
                .execute(operation, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .join();
    }

    private static String put(String pk, String value, String more) {
        return "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"" + pk + "\"},\"v\":{\"S\":\"" + value + "\"}}" + more
                + "}";
    }

    private HttpResponse<String> post(String operation, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
                        .timeout(Duration.ofSeconds(20))
                        .header("X-Amz-Target", "DynamoDB_20120810." + operation)
                        .header("Content-Type", "application/x-amz-json-1.0")
                        .header("Authorization", RunningRegion.AUTHORIZATION)
                        .header("X-Amz-Date", RunningRegion.DATE)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void whatNeedsItFailsAndAllElseGoesOn() throws Exception {
        HttpResponse<String> answer = post("GetItem", BAD.formatted(""));
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body())
                .contains("#InternalServerError\"")
                .contains(
                        "The request needs a damaged value: table tab, item under {\\\"pk\\\":{\\\"S\\\":\\\"bad\\\"}}:"
                                + " its checksum does not match what is on the disk");
        assertThat(post("Scan", "{\"TableName\":\"tab\"}").statusCode()).isEqualTo(500);
        assertThat(post("UpdateItem", BAD.formatted("")).statusCode()).isEqualTo(500);
        String condition = ",\"ConditionExpression\":\"attribute_exists(pk)\"";
        assertThat(post("DeleteItem", BAD.formatted(condition)).statusCode()).isEqualTo(500);
        assertThat(post("GetItem", BAD.replace("bad", "good").formatted("")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aPutWithoutAConditionGoesOverIt() throws Exception {
        assertThat(post("PutItem", put("bad", "new", ",\"ReturnValues\":\"ALL_OLD\""))
                        .statusCode())
                .isEqualTo(200);
        assertThat(post("GetItem", BAD.formatted("")).body()).contains("{\"S\":\"new\"}");
        assertThat(post("Scan", "{\"TableName\":\"tab\"}").statusCode()).isEqualTo(200);
    }
}
