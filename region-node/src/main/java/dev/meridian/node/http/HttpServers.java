package dev.meridian.node.http;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One listening port, served by several event loops. */
public final class HttpServers implements AutoCloseable {
    /** A client that has sent half a request and then nothing, or that reads nothing, is let go. */
    private static final int IDLE_SECONDS = 30;

    private static final int EVENT_LOOPS = 2;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

    /** SDKs send long Authorization and security-token headers. */
    private static final int MAX_HEADER_BYTES = 32 << 10;

    private final Vertx vertx;
    private final String deployment;
    private final int port;

    private HttpServers(Vertx vertx, String deployment, int port) {
        this.vertx = vertx;
        this.deployment = deployment;
        this.port = port;
    }

    /** One region's own port: its pages and its DynamoDB protocol. */
    public static HttpServers region(Vertx vertx, String host, int port, DynamoHandler handler, Pages pages) {
        return listen(vertx, host, port, request -> {
            if (request.path() != null && request.path().startsWith(Pages.PREFIX)) {
                pages.handle(request);
            } else {
                handler.handle(request);
            }
        });
    }

    public static HttpServers frontDoor(Vertx vertx, String host, int port, FrontDoor door) {
        return listen(vertx, host, port, door::handle);
    }

    /** @throws java.io.UncheckedIOException if the port cannot be had */
    private static HttpServers listen(Vertx vertx, String host, int port, Handler<HttpServerRequest> handler) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setIdleTimeout(IDLE_SECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxInitialLineLength(MAX_HEADER_BYTES)
                .setHandle100ContinueAutomatically(true)
                .setTcpNoDelay(true);
        Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
        Future<String> deployed = vertx.deployVerticle(
                () -> (Deployable) new Server(options, handler, servers),
                // Each event loop would take another free port.
                new DeploymentOptions().setInstances(port == 0 ? 1 : EVENT_LOOPS));
        try {
            String id = deployed.toCompletionStage().toCompletableFuture().join();
            return new HttpServers(vertx, id, servers.element().actualPort());
        } catch (CompletionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            throw new java.io.UncheckedIOException(new java.io.IOException(
                    "cannot listen on " + host + ":" + port + ": " + cause.getMessage(), cause));
        }
    }

    private static final class Server extends VerticleBase {
        private final HttpServerOptions options;
        private final Handler<HttpServerRequest> handler;
        private final Queue<HttpServer> servers;

        Server(HttpServerOptions options, Handler<HttpServerRequest> handler, Queue<HttpServer> servers) {
            this.options = options;
            this.handler = handler;
            this.servers = servers;
        }

        @Override
        public Future<?> start() {
            HttpServer server = vertx.createHttpServer(options)
                    .requestHandler(handler)
                    .invalidRequestHandler(HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER);
            servers.add(server);
            return server.listen();
        }
    }

    public int port() {
        return port;
    }

    /** Stops listening and lets go of connections. */
    @Override
    public void close() {
        try {
            vertx.undeploy(deployment)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException given) {
            // What does not stop by now ends with the process.
        }
    }
}
