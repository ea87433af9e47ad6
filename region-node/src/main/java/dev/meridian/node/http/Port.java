package dev.meridian.node.http;

import dev.meridian.node.api.ErrorCode;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One event loop's part of a listening port: its connections and what they may do. */
final class Port extends VerticleBase {
    private final HttpServerOptions options;
    private final HttpLimits limits;
    private final InFlight inFlight;
    private final HttpDate date;
    private final BrowserAccess access;
    private final BiConsumer<Exchange, byte[]> handler;
    private final Queue<HttpServer> servers;
    private final Map<HttpConnection, GuardedConnection> connections = new IdentityHashMap<>();

    Port(
            HttpServerOptions options,
            HttpLimits limits,
            InFlight inFlight,
            HttpDate date,
            BrowserAccess access,
            BiConsumer<Exchange, byte[]> handler,
            Queue<HttpServer> servers) {
        this.options = options;
        this.limits = limits;
        this.inFlight = inFlight;
        this.date = date;
        this.access = access;
        this.handler = handler;
        this.servers = servers;
    }

    @Override
    public Future<?> start() {
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::request)
                .invalidRequestHandler(this::invalid);
        servers.add(server);
        vertx.setPeriodic(limits.sweep().toMillis(), timer -> sweep());
        return server.listen();
    }

    private GuardedConnection connected(HttpConnection connection) {
        return connections.computeIfAbsent(connection, opened -> {
            GuardedConnection guarded = new GuardedConnection(opened, limits);
            opened.closeHandler(closed -> {
                connections.remove(opened);
                guarded.closed();
            });
            return guarded;
        });
    }

    /** On a copy: what is swept may close, and leave. */
    private void sweep() {
        List<GuardedConnection> all = new ArrayList<>(connections.values());
        all.forEach(GuardedConnection::sweep);
    }

    private Exchange exchange(HttpServerRequest request) {
        Exchange exchange = new Exchange(
                request,
                connected(request.connection()),
                inFlight,
                date,
                limits.memory().share());
        exchange.allowOrigin(access.allowedOrigin(exchange.head()));
        return exchange;
    }

    private void request(HttpServerRequest request) {
        request.pause();
        connected(request.connection()).whenSent(() -> {
            serve(request);
            request.resume();
        });
    }

    private void serve(HttpServerRequest request) {
        boolean goesOn = inFlight.begin();
        Exchange exchange = exchange(request);
        if (!goesOn) {
            BodyCollector.discard(exchange);
            exchange.fail(ErrorAnswer.of(ErrorCode.SERVICE_UNAVAILABLE, "This region is shutting down"));
            return;
        }
        @Nullable String fault = exchange.head().hostFault(request.version() == HttpVersion.HTTP_1_1);
        if (fault != null) {
            BodyCollector.discard(exchange);
            exchange.fail(ErrorAnswer.of(ErrorCode.MALFORMED_HTTP_REQUEST, fault));
            return;
        }
        BodyCollector.collect(exchange, body -> {
            try {
                handler.accept(exchange, body);
            } catch (Throwable thrown) {
                exchange.fail(ErrorAnswer.of("request", thrown));
            }
        });
    }

    /** What is not HTTP, or has more of it than anybody needs. */
    private void invalid(HttpServerRequest request) {
        inFlight.begin();
        Exchange exchange = exchange(request);
        @Nullable Throwable cause = request.decoderResult().cause();
        ErrorCode error = cause instanceof TooLongHttpLineException
                ? ErrorCode.REQUEST_LINE_TOO_LONG
                : cause instanceof TooLongHttpHeaderException
                        ? ErrorCode.HEADERS_TOO_LARGE
                        : ErrorCode.MALFORMED_HTTP_REQUEST;
        exchange.fail(ErrorAnswer.of(error, "The request is not well-formed HTTP"));
    }
}
