package dev.meridian.node.http;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** One listening port, served by several event loops. */
public final class HttpServers implements AutoCloseable {
    private static final int EVENT_LOOPS = 2;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final String deployment;
    private final int port;
    private final HttpLimits limits;
    private final InFlight inFlight;

    private HttpServers(Vertx vertx, String deployment, int port, HttpLimits limits, InFlight inFlight) {
        this.vertx = vertx;
        this.deployment = deployment;
        this.port = port;
        this.limits = limits;
        this.inFlight = inFlight;
    }

    /** One region's own port: its pages and its DynamoDB protocol. */
    public static HttpServers region(
            Vertx vertx, String host, int port, BrowserAccess access, DynamoHandler handler, Pages pages) {
        return region(vertx, host, port, access, handler, pages, HttpLimits.standard());
    }

    static HttpServers region(
            Vertx vertx,
            String host,
            int port,
            BrowserAccess access,
            DynamoHandler handler,
            Pages pages,
            HttpLimits limits) {
        return listen(vertx, host, port, limits, access, handler, pages);
    }

    public static HttpServers frontDoor(
            Vertx vertx, String host, int port, BrowserAccess access, FrontDoor door, Pages pages) {
        return listen(vertx, host, port, HttpLimits.standard(), access, door, pages);
    }

    private static HttpServers listen(
            Vertx vertx, String host, int port, HttpLimits limits, BrowserAccess access, Regions regions, Pages pages) {
        DynamoProtocol protocol = new DynamoProtocol(regions, access, vertx, limits);
        return listen(vertx, host, port, limits, access, (exchange, body) -> {
            if (exchange.head().isOfPage()) {
                protocol.page(exchange, pages, exchange.head().path());
            } else {
                protocol.handle(exchange, body);
            }
        });
    }

    /** @throws UncheckedIOException if the port cannot be had */
    private static HttpServers listen(
            Vertx vertx,
            String host,
            int port,
            HttpLimits limits,
            BrowserAccess access,
            BiConsumer<Exchange, byte[]> handler) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setMaxHeaderSize(HttpLimits.HEAD_BYTES_MAX)
                .setMaxInitialLineLength(HttpLimits.HEAD_BYTES_MAX)
                .setHttp2ClearTextEnabled(false)
                // Nobody speaks WebSocket here, and its handlers end a connection with 128 requests in its pipe.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setTcpNoDelay(true);
        Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
        InFlight inFlight = new InFlight();
        HttpDate date = new HttpDate(InstantSource.system());
        Future<String> deployed = vertx.deployVerticle(
                () -> (Deployable) new Port(options, limits, inFlight, date, access, handler, servers),
                // Each event loop would take another free port.
                new DeploymentOptions().setInstances(port == 0 ? 1 : EVENT_LOOPS));
        try {
            String id = deployed.toCompletionStage().toCompletableFuture().join();
            return new HttpServers(vertx, id, servers.element().actualPort(), limits, inFlight);
        } catch (CompletionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            String message = "cannot listen on " + host + ":" + port + ": " + cause.getMessage();
            throw new UncheckedIOException(message, new IOException(message, cause));
        }
    }

    /**
     * Leaves so much of the heap to another part of the process, which takes what strangers send as well.
     *
     * @return ends that
     */
    public static AutoCloseable leaveMemory(long bytes) {
        RequestMemory.taken(bytes);
        return () -> RequestMemory.taken(-bytes);
    }

    public int port() {
        return port;
    }

    /** Refuses new requests, waits for those in flight to be answered, and then lets go of port and connections. */
    @Override
    public void close() {
        try {
            inFlight.drain(limits.draining());
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
