package dev.meridian.node.http;

import dev.meridian.node.api.OperationsFixture;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A region without Kafka on a free port, with one table. What DeleteTable does is the test's to say. */
final class RunningRegion implements AutoCloseable {
    static final String SCOPE = "any/20260101/here/dynamodb/aws4_request";
    static final String AUTHORIZATION =
            "AWS4-HMAC-SHA256 Credential=" + SCOPE + ", SignedHeaders=host;x-amz-date, Signature=0";
    static final String DATE = "20260101T000000Z";
    static final String TABLE = "{\"TableName\":\"%s\",\"BillingMode\":\"PAY_PER_REQUEST\","
            + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
            + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]}";

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final Vertx vertx = Vertx.vertx();
    final OperationsFixture fixture;
    final HttpServers server;

    RunningRegion(Path folder) throws Exception {
        this(folder, HttpLimits.standard());
    }

    RunningRegion(Path folder, HttpLimits limits) throws Exception {
        this(folder, limits, new Pages(), List.of("*"));
    }

    RunningRegion(Path folder, HttpLimits limits, Pages pages, List<String> crossOrigin) throws Exception {
        fixture = new OperationsFixture(folder);
        fixture.operations()
                .execute("CreateTable", TABLE.formatted("tab").getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .join();
        BrowserAccess access = new BrowserAccess("127.0.0.1", List.of("node.example"), crossOrigin);
        server = HttpServers.region(vertx, "127.0.0.1", 0, access, handler(), pages, limits);
    }

    DynamoHandler handler() {
        return new DynamoHandler(OperationsFixture.HERE, fixture.operations(), fixture.streams());
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.port() + "/");
    }

    RawHttp connect() throws Exception {
        return new RawHttp(server.port());
    }

    HttpResponse<String> post(String operation, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(uri())
                        .timeout(Duration.ofSeconds(20))
                        .header("X-Amz-Target", "DynamoDB_20120810." + operation)
                        .header("Content-Type", "application/x-amz-json-1.0")
                        .header("Authorization", AUTHORIZATION)
                        .header("X-Amz-Date", DATE)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        server.close();
        fixture.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
