package dev.meridian.simulator.load;

import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.TableShape;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.function.Predicate;

/** Makes tables and fills them before a load begins. On one event loop. */
public final class TableSetup {
    private static final long TIMEOUT_MILLIS = 20_000;
    private static final long LOOK_AGAIN_MILLIS = 50;
    private static final int PUTS_UNDER_WAY = 32;

    /** A put that is throttled, or whose connection broke, is put again: it is the same item. */
    private static final int TRIES = 20;

    private final Vertx vertx;
    private final Context context;
    private final DynamoClient client;

    /** What could not be made. The message is one line. */
    public static final class SetupFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SetupFailedException(String message) {
            super(message);
        }
    }

    public TableSetup(Vertx vertx, Context context, DynamoClient client) {
        this.vertx = vertx;
        this.context = context;
        this.client = client;
    }

    private static byte[] json(JsonObject object) {
        return object.encode().getBytes(StandardCharsets.UTF_8);
    }

    /** One request that has to be done. @return the answer's body */
    public Future<JsonObject> ask(Endpoint at, String operation, byte[] body) {
        return client.send(at, operation, body, TIMEOUT_MILLIS).compose(reply -> {
            if (reply.outcome() == Outcome.OK) {
                return Future.succeededFuture(new JsonObject(reply.body()));
            }
            String said = reply.status() == 0 ? reply.error() : reply.status() + " " + reply.body();
            return Future.failedFuture(new SetupFailedException(operation + " at " + at + ": " + said));
        });
    }

    /** Makes a table unless it is there. */
    public Future<Void> create(Endpoint at, TableShape shape) {
        return client.send(at, "CreateTable", shape.createTable(), TIMEOUT_MILLIS)
                .compose(reply -> {
                    if (reply.outcome() == Outcome.OK || reply.error().equals("ResourceInUseException")) {
                        return awaitTable(at, shape.name(), TableSetup::isActive);
                    }
                    String said = reply.status() == 0 ? reply.error() : reply.status() + " " + reply.body();
                    return Future.failedFuture(new SetupFailedException("CreateTable at " + at + ": " + said));
                });
    }

    public static boolean isActive(JsonObject table) {
        return table.getString("TableStatus", "").equals("ACTIVE");
    }

    /** Looks until a table is as it should be. @param ready given the member Table of a DescribeTable */
    public Future<Void> awaitTable(Endpoint at, String table, Predicate<JsonObject> ready) {
        return ask(at, "DescribeTable", json(new JsonObject().put("TableName", table)))
                .compose(answer -> {
                    if (ready.test(answer.getJsonObject("Table", new JsonObject()))) {
                        return Future.succeededFuture();
                    }
                    return vertx.timer(LOOK_AGAIN_MILLIS).compose(unused -> awaitTable(at, table, ready));
                });
    }

    /** Sends all, some at a time. */
    public Future<Void> fill(Endpoint at, Iterator<ItemRequest> requests) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(unused -> {
            int[] left = {PUTS_UNDER_WAY};
            for (int i = 0; i < PUTS_UNDER_WAY; i++) {
                fillOn(at, requests, left, done);
            }
        });
        return done.future();
    }

    private void fillOn(Endpoint at, Iterator<ItemRequest> requests, int[] left, Promise<Void> done) {
        if (!requests.hasNext()) {
            left[0]--;
            if (left[0] == 0) {
                done.tryComplete();
            }
            return;
        }
        put(at, requests.next(), TRIES)
                .onSuccess(unused -> context.runOnContext(again -> fillOn(at, requests, left, done)))
                .onFailure(done::tryFail);
    }

    private Future<Void> put(Endpoint at, ItemRequest request, int tries) {
        return client.send(at, request.operation(), request.body(), TIMEOUT_MILLIS)
                .compose(reply -> {
                    if (reply.outcome() == Outcome.OK) {
                        return Future.succeededFuture();
                    }
                    if (tries > 1 && reply.outcome() != Outcome.REFUSED) {
                        return vertx.timer(LOOK_AGAIN_MILLIS * (TRIES - tries + 1))
                                .compose(unused -> put(at, request, tries - 1));
                    }
                    return Future.failedFuture(new SetupFailedException(
                            request.operation() + " at " + at + ": " + reply.error() + " " + reply.body()));
                });
    }
}
