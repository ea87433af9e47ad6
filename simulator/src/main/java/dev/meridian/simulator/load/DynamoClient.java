package dev.meridian.simulator.load;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicReference;

/** Sends single requests and tries nothing twice. To be used from one event loop. */
public final class DynamoClient implements AutoCloseable {
    private static final String SERVICE = "DynamoDB_20120810.";
    private static final String CONTENT_TYPE = "application/x-amz-json-1.0";

    private final Vertx vertx;
    private final HttpClient http;
    private final Signature signature;

    /** @param connections most at a time for each endpoint; further requests wait */
    public DynamoClient(Vertx vertx, int connections, Signature signature) {
        this.vertx = vertx;
        this.signature = signature;
        // What breaks a connection is told by the requests on it.
        this.http = vertx.httpClientBuilder()
                .with(new HttpClientOptions().setTcpNoDelay(true).setKeepAlive(true))
                .with(new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(-1))
                .withConnectHandler(connection -> connection.exceptionHandler(unused -> {}))
                .build();
    }

    /** Never fails: what goes wrong is in the reply. */
    public Future<Reply> send(Endpoint to, String operation, byte[] body, long timeoutMillis) {
        Promise<Reply> answer = Promise.promise();
        AtomicReference<HttpClientRequest> underWay = new AtomicReference<>();
        long timer = vertx.setTimer(timeoutMillis, unused -> {
            if (answer.tryComplete(Reply.none(Outcome.TIMEOUT, "no answer in " + timeoutMillis + " ms"))) {
                HttpClientRequest started = underWay.get();
                if (started != null) {
                    started.reset();
                }
            }
        });
        answer.future().onComplete(unused -> vertx.cancelTimer(timer));
        http.request(options(to, operation, body, timeoutMillis)).onComplete(made -> {
            if (made.failed()) {
                answer.tryComplete(Reply.none(Outcome.NO_CONNECTION, reason(made.cause())));
                return;
            }
            HttpClientRequest request = made.result();
            if (answer.future().isComplete()) {
                request.reset();
                return;
            }
            underWay.set(request);
            request.send(Buffer.buffer(body))
                    .compose(DynamoClient::read)
                    .onComplete(
                            answer::tryComplete,
                            broken -> answer.tryComplete(Reply.none(Outcome.NO_CONNECTION, reason(broken))));
        });
        return answer.future();
    }

    private RequestOptions options(Endpoint to, String operation, byte[] body, long timeoutMillis) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(to.host())
                .setPort(to.port())
                .setSsl(to.tls())
                .setURI("/")
                .setConnectTimeout(timeoutMillis)
                .putHeader("content-type", CONTENT_TYPE)
                .putHeader("x-amz-target", SERVICE + operation);
        signature.headers(to, SERVICE + operation, body).forEach(options::putHeader);
        return options;
    }

    private static Future<Reply> read(HttpClientResponse response) {
        return response.body().map(body -> {
            int status = response.statusCode();
            String error = status < 300 ? "" : errorType(body);
            return new Reply(Outcome.of(status, error), status, error, body);
        });
    }

    private static String errorType(Buffer body) {
        try {
            String type = new JsonObject(body).getString("__type", "");
            return type.substring(type.indexOf('#') + 1);
        } catch (DecodeException | ClassCastException other) {
            return "";
        }
    }

    private static String reason(Throwable broken) {
        String message = broken.getMessage();
        return message == null ? broken.getClass().getSimpleName() : message;
    }

    @Override
    public void close() {
        http.close().toCompletionStage().toCompletableFuture().join();
    }
}
