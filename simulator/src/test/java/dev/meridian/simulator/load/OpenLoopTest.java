package dev.meridian.simulator.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.PlannedOperation;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load against servers that answer badly, late or not at all. */
@Timeout(60)
class OpenLoopTest {
    private static final RegionId HOME = new RegionId("us-east-1");
    private static final ItemRequest REQUEST =
            new ItemRequest.GetItem("table", Item.of(Map.of("pk", new AttributeValue.S("key"))), false);
    private static final long TIMEOUT_MILLIS = 20_000;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Endpoint serve(io.vertx.core.Handler<HttpServerRequest> handler) {
        HttpServer server = vertx.createHttpServer().requestHandler(handler);
        server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join();
        return new Endpoint("us-east-1", "127.0.0.1", server.actualPort(), false);
    }

    private static List<PlannedOperation> every(long micros, int count) {
        List<PlannedOperation> plan = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            plan.add(new PlannedOperation("op" + i, "load", i * micros, HOME, List.of(REQUEST)));
        }
        return plan;
    }

    private List<RequestRecord> play(List<PlannedOperation> plan, Endpoint to, int connections, long timeoutMillis) {
        List<RequestRecord> records = Collections.synchronizedList(new ArrayList<>());
        Context context = vertx.getOrCreateContext();
        try (DynamoClient client = new DynamoClient(vertx, connections, Signature.ANYBODY)) {
            long begin = System.nanoTime();
            Caller caller = new Caller(client, timeoutMillis, () -> (System.nanoTime() - begin) / 1_000, records::add);
            new OpenLoop(
                            context,
                            plan.iterator(),
                            () -> (System.nanoTime() - begin) / 1_000,
                            operation -> caller.call(operation, () -> to))
                    .run()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        }
        return records;
    }

    @Test
    void aStallIsFeltByAllThatItDelays() {
        long[] begin = {0};
        long stallNanos = TimeUnit.MILLISECONDS.toNanos(1_000);
        // Whatever comes within the first second is answered at its end.
        Endpoint stalling = serve(request -> {
            long now = System.nanoTime();
            begin[0] = begin[0] == 0 ? now : begin[0];
            long left = TimeUnit.NANOSECONDS.toMillis(begin[0] + stallNanos - now);
            if (left > 0) {
                vertx.setTimer(left, unused -> request.response().end("{}"));
            } else {
                request.response().end("{}");
            }
        });
        // One connection: the second request is not even sent before the first is answered.
        List<RequestRecord> records = play(every(10_000, 100), stalling, 1, TIMEOUT_MILLIS);

        assertThat(records).hasSize(100).allMatch(record -> record.reply().outcome() == Outcome.OK);
        // Those due in the first half of the stall waited for more than half of it.
        assertThat(records.stream()
                        .filter(record -> record.latencyMicros() > 450_000)
                        .count())
                .isGreaterThanOrEqualTo(50);
        assertThat(records.stream()
                        .mapToLong(RequestRecord::latencyMicros)
                        .max()
                        .orElse(0))
                .isGreaterThanOrEqualTo(950_000);
    }

    @Test
    void stepsFollowEachOtherAndEndWithTheFirstThatIsNotDone() {
        int[] answered = {0};
        Endpoint endpoint = serve(request -> {
            boolean refuse = ++answered[0] == 2;
            request.response()
                    .setStatusCode(refuse ? 400 : 200)
                    .end(
                            refuse
                                    ? "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\"}"
                                    : "{}");
        });
        List<RequestRecord> records = play(
                List.of(new PlannedOperation("op", "load", 0, HOME, List.of(REQUEST, REQUEST, REQUEST))),
                endpoint,
                4,
                TIMEOUT_MILLIS);
        assertThat(records).extracting(record -> record.reply().outcome()).containsExactly(Outcome.OK, Outcome.REFUSED);
        assertThat(records.get(1).reply().error()).isEqualTo("ConditionalCheckFailedException");
        assertThat(records.get(1).due()).isGreaterThanOrEqualTo(records.get(0).sent());
    }

    @Test
    void whatGoesWrongIsToldApart() throws Exception {
        Endpoint broken = serve(request -> request.response().setStatusCode(500).end("no JSON"));
        Endpoint throttling = serve(request -> request.response()
                .setStatusCode(400)
                .end("{\"__type\":\"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException\"}"));
        Endpoint silent = serve(request -> {});
        int nobody;
        try (ServerSocket probe = new ServerSocket(0)) {
            nobody = probe.getLocalPort();
        }
        assertThat(outcome(broken, TIMEOUT_MILLIS)).isEqualTo(Outcome.SERVER_ERROR);
        assertThat(outcome(throttling, TIMEOUT_MILLIS)).isEqualTo(Outcome.THROTTLED);
        assertThat(outcome(silent, 300)).isEqualTo(Outcome.TIMEOUT);
        assertThat(outcome(new Endpoint("us-east-1", "127.0.0.1", nobody, false), TIMEOUT_MILLIS))
                .isEqualTo(Outcome.NO_CONNECTION);
    }

    private Outcome outcome(Endpoint endpoint, long timeoutMillis) {
        List<RequestRecord> records = play(every(1, 1), endpoint, 1, timeoutMillis);
        assertThat(records).hasSize(1);
        return records.get(0).reply().outcome();
    }

    @Test
    void measurementsAreOfAllOperationsAndOfEach() {
        Measurements measurements = new Measurements();
        for (int micros = 1; micros <= 1_000; micros++) {
            measurements.record("GetItem", Outcome.OK, micros);
        }
        measurements.record("PutItem", Outcome.TIMEOUT, 2_000_000);
        assertThat(measurements.byOperation().get("GetItem").latencyMicros().getValueAtPercentile(50))
                .isEqualTo(500);
        assertThat(measurements.total().count()).isEqualTo(1_001);
        assertThat(measurements.total().errors()).isEqualTo(1);
        assertThat(measurements.takeInterval().latencyMicros().getTotalCount()).isEqualTo(1_001);
        assertThat(measurements.takeInterval().latencyMicros().getTotalCount()).isZero();
    }
}
