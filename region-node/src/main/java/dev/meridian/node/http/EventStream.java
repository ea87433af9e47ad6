package dev.meridian.node.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** Server-sent events to one client: the history, and then each state that is new when it is looked at. */
final class EventStream {
    private static final long LOOK_MILLIS = 50;

    /** A client that takes nothing for half a minute is gone. */
    private static final int STUCK_LOOKS_MAX = 600;

    private final Exchange exchange;
    private final HttpServerResponse response;
    private final EventSource source;
    private final Runnable onEnd;
    private long sent = Long.MIN_VALUE;
    private int stuck;
    private boolean over;

    private EventStream(Exchange exchange, HttpServerResponse response, EventSource source, Runnable onEnd) {
        this.exchange = exchange;
        this.response = response;
        this.source = source;
        this.onEnd = onEnd;
    }

    /** On the event loop of the exchange. @param onEnd called once, when nobody listens any more */
    static void open(Vertx vertx, Exchange exchange, EventSource source, EventSource.Event history, Runnable onEnd) {
        @Nullable HttpServerResponse response = exchange.stream("text/event-stream");
        if (response == null) {
            onEnd.run();
            return;
        }
        EventStream stream = new EventStream(exchange, response, source, onEnd);
        long timer = vertx.setPeriodic(LOOK_MILLIS, unused -> stream.look());
        response.closeHandler(gone -> stream.end(vertx, timer));
        response.exceptionHandler(broken -> stream.end(vertx, timer));
        response.endHandler(ended -> stream.end(vertx, timer));
        stream.write(history);
        stream.look();
    }

    private void end(Vertx vertx, long timer) {
        vertx.cancelTimer(timer);
        if (!over) {
            over = true;
            onEnd.run();
        }
    }

    private void look() {
        if (response.closed() || response.ended()) {
            return;
        }
        if (exchange.isServerClosing()) {
            response.end();
        } else if (!response.writeQueueFull()) {
            stuck = 0;
            EventSource.Event latest = source.latest();
            if (latest.number() != sent) {
                sent = latest.number();
                write(latest);
            }
        } else if (++stuck > STUCK_LOOKS_MAX) {
            exchange.connection().abort();
        }
    }

    private void write(EventSource.Event event) {
        response.write("event: " + event.name() + "\ndata: " + event.json() + "\n\n");
    }
}
