package dev.meridian.simulator.load;

import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.PlannedOperation;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Sends an operation's requests, one after the other as they are answered, and reports each. On one event loop. */
public final class Caller {
    private final DynamoClient client;
    private final long timeoutMillis;
    private final LongSupplier nowMicros;
    private final Consumer<RequestRecord> done;

    public Caller(DynamoClient client, long timeoutMillis, LongSupplier nowMicros, Consumer<RequestRecord> done) {
        this.client = client;
        this.timeoutMillis = timeoutMillis;
        this.nowMicros = nowMicros;
        this.done = done;
    }

    /**
     * Calls an operation whose first request is due at its time.
     *
     * @param route asked before each request
     * @return complete when the last one has ended, or one was not done
     */
    public Future<Void> call(PlannedOperation operation, Supplier<Endpoint> route) {
        return call(operation, 0, operation.atMicros(), route);
    }

    private Future<Void> call(PlannedOperation operation, int step, long due, Supplier<Endpoint> route) {
        if (step == operation.steps().size()) {
            return Future.succeededFuture();
        }
        ItemRequest request = operation.steps().get(step);
        Endpoint to = route.get();
        long sent = nowMicros.getAsLong();
        return client.send(to, request.operation(), request.body(), timeoutMillis)
                .compose(reply -> {
                    long answered = nowMicros.getAsLong();
                    done.accept(new RequestRecord(operation, request, to, due, sent, answered, reply));
                    return reply.outcome() == Outcome.OK
                            ? call(operation, step + 1, answered, route)
                            : Future.succeededFuture();
                });
    }
}
