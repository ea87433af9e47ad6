package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.GlobalTables;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.DutyRunner;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

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
    final Operations operations;
    final HttpServers server;
    volatile CompletionStage<Void> deletion = CompletableFuture.completedFuture(null);
    volatile Error thrownByDeletion;
    private final LmdbStore store;
    private final DutyRunner writer;

    RunningRegion(Path folder) throws Exception {
        this(folder, HttpLimits.standard());
    }

    RunningRegion(Path folder, HttpLimits limits) throws Exception {
        RegionId here = new RegionId("here");
        store = LmdbStore.open(
                new LmdbStore.Config(folder, here, InstantSource.system(), false, 1L << 30, Duration.ofSeconds(60)));
        writer = new DutyRunner("writer", store.writer(), Duration.ofMillis(5), bug -> {});
        store.onQueued(writer::ring);
        writer.start();
        operations = new Operations(new ApiContext(
                here, store, new NoReplicas(), InstantSource.system(), () -> new TableId(UUID.randomUUID()), 1, false));
        operations
                .execute("CreateTable", TABLE.formatted("tab").getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .toCompletableFuture()
                .join();
        server = HttpServers.region(vertx, "127.0.0.1", 0, handler(), new Pages(), limits);
    }

    DynamoHandler handler() {
        return new DynamoHandler(new RegionId("here"), operations);
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
        store.close();
        writer.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private final class NoReplicas implements GlobalTables {
        @Override
        public CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> change(
                TableDescriptor table, BiFunction<WriteView, TableDescriptor, TableDescriptor> edit) {
            return store.write(view -> {
                        view.putTable(edit.apply(
                                view, Objects.requireNonNull(view.catalog().table(table.id()))));
                        return true;
                    })
                    .thenAccept(unused -> {});
        }

        @Override
        public List<ReplicaDescription> replicas(TableDescriptor table) {
            return List.of();
        }

        @Override
        public CompletionStage<Void> delete(TableDescriptor table) {
            if (thrownByDeletion != null) {
                throw thrownByDeletion;
            }
            return deletion;
        }
    }
}
