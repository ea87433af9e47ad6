package dev.meridian.simulator.comparison;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What HTTP alone costs: a bare Vert.x server in a process of its own that reads each request's body and answers with as
 * many bytes as the path says, the same for each request. With as many event loops as a region's port has.
 */
public final class CeilingServer extends AbstractVerticle {
    private static final int EVENT_LOOPS = 2;
    private static final Map<String, Buffer> ANSWERS = new ConcurrentHashMap<>();

    private final int port;

    private CeilingServer(int port) {
        this.port = port;
    }

    /** @param arguments the port */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        Vertx.vertx()
                .deployVerticle(() -> new CeilingServer(port), new DeploymentOptions().setInstances(EVENT_LOOPS))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @Override
    public void start(Promise<Void> started) {
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                .requestHandler(CeilingServer::answer)
                .listen()
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private static void answer(HttpServerRequest request) {
        Buffer answer = ANSWERS.computeIfAbsent(
                request.path(), path -> Buffer.buffer("x".repeat(Integer.parseInt(path.substring(1)))));
        request.body().onSuccess(body -> request.response().end(answer));
    }
}
