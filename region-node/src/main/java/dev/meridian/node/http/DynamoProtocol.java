package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.Causality;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.PositionToken;
import dev.meridian.node.api.Reply;
import dev.meridian.node.http.ContentCoding.Coding;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The DynamoDB protocol, AWS JSON 1.0 over HTTP, on one port. */
final class DynamoProtocol {
    /** To what is not of the protocol at all; this is XML in an otherwise JSON service, as DynamoDB does it. */
    private static final byte[] NOT_FOUND = "<UnknownOperationException/>\n".getBytes(StandardCharsets.US_ASCII);

    /** A position that another answer had: the request is served behind it. */
    private static final String AFTER = "x-meridian-after";

    private static final String WAIT_MILLIS = "x-meridian-wait-millis";

    /** Below the 30 s or so that SDKs give a request. */
    private static final long WAIT_MILLIS_MAX = 5_000;

    /** Of event streams: each is a connection, and some work twenty times a second. */
    private static final int LISTENING_MAX = 100;

    /** Pages that show items, keys or records. */
    private static final Set<String> LARGE_PAGES =
            Set.of("tail", "audit", "digest", "changes", "conflicts", "contributor-insights", "data-loss", "set-aside");

    private static final long PAGE_HEAP_BYTES = 32L << 20;

    private final Regions regions;
    private final BrowserAccess access;
    private final Vertx vertx;
    private final HttpLimits limits;
    private final AtomicInteger listening = new AtomicInteger();

    DynamoProtocol(Regions regions, BrowserAccess access, Vertx vertx, HttpLimits limits) {
        this.regions = regions;
        this.access = access;
        this.vertx = vertx;
        this.limits = limits;
    }

    /**
     * What is to be executed, decoded from a request.
     *
     * @param calledAs as {@code host:port} what the client calls this server
     * @param heapBytes that it may take until it is answered
     * @param tables that it names, if it is to be served behind a position
     */
    private record Task(
            DynamoHandler handler,
            Service service,
            String operation,
            byte[] body,
            String calledAs,
            long heapBytes,
            Set<String> tables) {
        boolean isLarge() {
            return body.length > HttpLimits.EVENT_LOOP_BYTES_MAX;
        }

        /** That reading it, on a worker, may take besides. */
        long readBytes() {
            return handler.readBytes(service, operation);
        }

        CompletionStage<Reply> execute() {
            return handler.execute(service, operation, body, calledAs);
        }

        /** On an event loop. @return null if it is to be executed on a worker */
        @Nullable
        CompletionStage<Reply> executeHere() {
            return handler.isHeavy(service, operation)
                    ? handler.executeBriefly(service, operation, body, HttpLimits.EVENT_LOOP_BYTES_MAX)
                    : execute();
        }

        String name() {
            return handler.region() + " " + operation;
        }
    }

    /** What was executed. @param onWorker whether its answer is made there too */
    private record Executing(Task task, CompletionStage<Reply> reply, boolean onWorker) {
        /** What is done by now is made an answer at once: on a worker, so that it goes there and back once. */
        static Executing begin(Task task) {
            CompletableFuture<Reply> reply = task.execute().toCompletableFuture();
            if (!reply.isDone() || reply.isCompletedExceptionally()) {
                return new Executing(task, reply, true);
            }
            byte[] json = reply.join().json();
            return new Executing(task, CompletableFuture.completedFuture(() -> json), false);
        }
    }

    /** @param body whole, as it was sent */
    void handle(Exchange exchange, byte[] body) {
        RequestHead head = exchange.head();
        @Nullable String refusal = head.method().equals("GET") ? null : access.refusal(head, exchange.localAddress());
        if (refusal != null) {
            exchange.fail(ErrorAnswer.of(ErrorCode.ACCESS_DENIED, refusal));
        } else if (head.method().equals("OPTIONS") && head.header("Origin") != null) {
            preflight(exchange);
        } else if (head.method().equals("GET")) {
            String health = "healthy: dynamodb." + regions.first().region() + ".amazonaws.com ";
            exchange.send(200, "text/plain", health.getBytes(StandardCharsets.UTF_8), null);
        } else if (!head.method().equals("POST") || (body.length > 0 && !RequestDecoder.isJson(head.contentType()))) {
            exchange.send(404, null, NOT_FOUND, null);
        } else {
            post(exchange, body);
        }
    }

    private static void preflight(Exchange exchange) {
        HttpServerResponse response = exchange.request().response();
        response.putHeader("Access-Control-Max-Age", "172800");
        @Nullable String headers = exchange.head().header("Access-Control-Request-Headers");
        if (headers != null) {
            response.putHeader("Access-Control-Allow-Headers", headers);
        }
        @Nullable String method = exchange.head().header("Access-Control-Request-Method");
        if (method != null) {
            response.putHeader("Access-Control-Allow-Methods", method);
        }
        exchange.send(200, null, new byte[0], null);
    }

    private void post(Exchange exchange, byte[] body) {
        if (ContentCoding.isEncoded(exchange.head()) || body.length > HttpLimits.EVENT_LOOP_BYTES_MAX) {
            onWorker(exchange, () -> decode(exchange, body))
                    .onSuccess(task -> whenRoom(
                            exchange,
                            task.isLarge() || task.readBytes() > 0,
                            task.heapBytes() + task.readBytes(),
                            () -> begin(exchange, task, true)));
        } else {
            Task task = decode(exchange, body);
            whenRoom(exchange, false, task.heapBytes(), () -> begin(exchange, task, false));
        }
    }

    /** Goes on when there is so much memory, at once in most cases; after some time the exchange fails. */
    private void whenRoom(Exchange exchange, boolean isLarge, long bytes, Runnable next) {
        MemoryBudget budget = exchange.share().budget(isLarge);
        CompletableFuture<Void> room = budget.hold(bytes).toCompletableFuture();
        if (room.isDone()) {
            exchange.share().holds(budget, bytes);
            next.run();
            return;
        }
        Context context = vertx.getOrCreateContext();
        long patience = vertx.setTimer(limits.room().toMillis(), timer -> budget.giveUp(room));
        room.whenComplete((unused, refused) -> context.runOnContext(now -> {
            vertx.cancelTimer(patience);
            if (refused != null) {
                exchange.fail(ErrorAnswer.of("request", refused));
                return;
            }
            exchange.share().holds(budget, bytes);
            try {
                next.run();
            } catch (Throwable thrown) {
                exchange.fail(ErrorAnswer.of("request", thrown));
            }
        }));
    }

    /** Executes a task, at once or when the region has what the request asks for. */
    private void begin(Exchange exchange, Task task, boolean onWorker) {
        try {
            exchange.tellPosition(task.handler()::position);
            @Nullable String after = exchange.head().header(AFTER);
            if (after == null) {
                execute(exchange, task, onWorker);
                return;
            }
            Context context = vertx.getOrCreateContext();
            Causality causality = task.handler().causality();
            causality
                    .reached(PositionToken.decode(after), task.tables(), waitMillis(exchange))
                    .whenComplete((unused, failure) -> {
                        if (failure == null) {
                            context.runOnContext(now -> execute(exchange, task, onWorker));
                        } else {
                            context.runOnContext(now -> exchange.fail(ErrorAnswer.of(task.name(), failure)));
                        }
                    });
        } catch (Throwable thrown) {
            exchange.fail(ErrorAnswer.of(task.name(), thrown));
        }
    }

    private static long waitMillis(Exchange exchange) {
        @Nullable String asked = exchange.head().header(WAIT_MILLIS);
        if (asked == null) {
            return WAIT_MILLIS_MAX;
        }
        if (!asked.matches("[0-9]{1,9}")) {
            throw ApiException.validation("The value of x-meridian-wait-millis is a number of milliseconds");
        }
        return Math.min(WAIT_MILLIS_MAX, Long.parseLong(asked));
    }

    private void execute(Exchange exchange, Task task, boolean onWorker) {
        CompletionStage<Reply> reply = onWorker ? null : task.executeHere();
        if (reply == null && onWorker) {
            executeOnWorker(exchange, task);
        } else if (reply == null) {
            whenRoom(exchange, true, task.readBytes(), () -> executeOnWorker(exchange, task));
        } else {
            answer(exchange, new Executing(task, reply, false));
        }
    }

    private void executeOnWorker(Exchange exchange, Task task) {
        onWorker(exchange, () -> Executing.begin(task)).onSuccess(executing -> answer(exchange, executing));
    }

    /** On a worker if the body is large or compressed. */
    private Task decode(Exchange exchange, byte[] sent) {
        byte[] body =
                ContentCoding.decode(exchange.head(), sent, exchange.share().body());
        RequestDecoder.Call call = RequestDecoder.decode(exchange.head(), body, regions.first()::contains);
        DynamoHandler handler = regions.of(call.region());
        long heapBytes = (long) RequestMemory.SMALL_FACTOR * body.length;
        if (body.length > HttpLimits.EVENT_LOOP_BYTES_MAX) {
            heapBytes = handler.heapBytes(call.service(), call.operation(), body);
            limits.memory().requirePossible(heapBytes);
        }
        Set<String> tables = exchange.head().header(AFTER) == null ? Set.of() : RequestedTables.of(body);
        return new Task(handler, call.service(), call.operation(), body, exchange.calledAs(), heapBytes, tables);
    }

    /** Answers a request below {@code /-/}. */
    void page(Exchange exchange, Pages pages, String path) {
        RequestHead head = exchange.head();
        @Nullable EventSource events = pages.eventsAt(path);
        @Nullable String unknown = access.unknownHost(head, exchange.localAddress());
        if (unknown != null) {
            send(exchange, Pages.error(HttpResponseStatus.MISDIRECTED_REQUEST.code(), BrowserAccess.mend(unknown)));
        } else if (head.isCrossSite() && !head.isFollowedLink()) {
            send(exchange, Pages.error(403, "a page of another site must not do this"));
        } else if (events != null && head.method().equals("GET")) {
            listen(exchange, events);
        } else {
            // A page reads no more than a page of items does.
            whenRoom(
                    exchange,
                    isLarge(path),
                    isLarge(path) ? PAGE_HEAP_BYTES : 0,
                    () -> onWorker(exchange, () -> answer(pages, head)).onSuccess(page -> {
                        exchange.share().answered(page.body().length);
                        send(exchange, page);
                    }));
        }
    }

    /** Health must be told also when there is no room for anything else. */
    private static boolean isLarge(String path) {
        return LARGE_PAGES.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    private void listen(Exchange exchange, EventSource events) {
        if (listening.incrementAndGet() > LISTENING_MAX) {
            listening.decrementAndGet();
            send(exchange, Pages.error(503, "more than " + LISTENING_MAX + " listen already"));
            return;
        }
        onWorker(exchange, events::history)
                .onSuccess(history -> EventStream.open(vertx, exchange, events, history, listening::decrementAndGet))
                .onFailure(failed -> listening.decrementAndGet());
    }

    private static void send(Exchange exchange, Pages.Page page) {
        page.headers().forEach(exchange.request().response()::putHeader);
        @Nullable String tag = page.headers().get("ETag");
        boolean known = tag != null && tag.equals(exchange.head().header("If-None-Match"));
        exchange.send(known ? 304 : page.status(), page.contentType(), known ? new byte[0] : page.body(), null);
    }

    /** Of a parameter that is given twice the last value counts. */
    private static Pages.Page answer(Pages pages, RequestHead head) {
        TreeMap<String, String> parameters = new TreeMap<>();
        try {
            head.query().forEach((name, values) -> parameters.put(name, values.get(values.size() - 1)));
        } catch (ApiException malformed) {
            return Pages.error(malformed.code().httpStatus(), malformed.getMessage());
        }
        return pages.answer(head.method(), head.path(), new Pages.Query(parameters));
    }

    /** Fails the exchange if the work throws anything. */
    private <T> Future<T> onWorker(Exchange exchange, Callable<T> work) {
        return vertx.executeBlocking(work, false).onFailure(thrown -> exchange.fail(ErrorAnswer.of("request", thrown)));
    }

    private void answer(Exchange exchange, Executing executing) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        executing.reply().whenComplete((reply, failure) -> {
            // A read is done by now, on this event loop, and is answered without another turn of it.
            if (context.inThread()) {
                answer(exchange, executing, reply, failure);
            } else {
                context.runOnContext(unused -> answer(exchange, executing, reply, failure));
            }
        });
    }

    private void answer(Exchange exchange, Executing executing, Reply reply, @Nullable Throwable failure) {
        if (failure == null) {
            succeed(exchange, executing, reply);
        } else {
            exchange.fail(ErrorAnswer.of(executing.task().name(), failure));
        }
    }

    private void succeed(Exchange exchange, Executing executing, Reply reply) {
        if (executing.onWorker()) {
            onWorker(exchange, reply::json).onSuccess(json -> send(exchange, json));
            return;
        }
        byte[] json;
        try {
            json = reply.json();
        } catch (Throwable thrown) {
            exchange.fail(ErrorAnswer.of(executing.task().name(), thrown));
            return;
        }
        send(exchange, json);
    }

    private void send(Exchange exchange, byte[] json) {
        exchange.share().answered(json.length);
        @Nullable Coding coding = ContentCoding.ofAnswer(exchange.head(), json);
        if (coding == null) {
            exchange.json(200, json, null);
        } else if (json.length > HttpLimits.EVENT_LOOP_BYTES_MAX) {
            onWorker(exchange, () -> coding.compress(json)).onSuccess(small -> exchange.json(200, small, coding));
        } else {
            exchange.json(200, coding.compress(json), coding);
        }
    }
}
