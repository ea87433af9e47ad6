package dev.meridian.node.http;

import dev.meridian.node.api.ErrorCode;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a connection is doing, and since when: so that it cannot do it for ever. Known to its event loop alone. */
final class GuardedConnection {
    private enum Phase {
        /** For a head: the client is idle, or drips one. */
        WAITING,
        /** A body. */
        READING,
        /** An operation is under way: that has no limit here. */
        WORKING,
        /** An answer. */
        WRITING,
        /** Answered already, throwing away what the client still sends. */
        LINGERING
    }

    private final HttpConnection connection;
    private final HttpLimits limits;
    private Phase phase = Phase.WAITING;
    private long since = System.nanoTime();
    private long lastPiece = since;
    private @Nullable Exchange current;
    private @Nullable Runnable next;

    GuardedConnection(HttpConnection connection, HttpLimits limits) {
        this.connection = connection;
        this.limits = limits;
    }

    private void enter(Phase next) {
        phase = next;
        since = System.nanoTime();
        lastPiece = since;
    }

    /**
     * Runs what begins the next exchange, once the answer of the one before has left: a client that asks and asks, and
     * reads nothing, would have its answers pile up here. There is one at most, for a connection has one request open.
     */
    void whenSent(Runnable begin) {
        if (phase == Phase.WRITING) {
            next = begin;
        } else {
            begin.run();
        }
    }

    void began(Exchange exchange) {
        current = exchange;
        enter(Phase.READING);
    }

    /** A piece of the body came. */
    void progressed() {
        lastPiece = System.nanoTime();
    }

    void working() {
        enter(Phase.WORKING);
    }

    void writing(Exchange exchange) {
        if (current == exchange) {
            enter(Phase.WRITING);
        }
    }

    /** @param close once the client had time to read the answer */
    void answered(Exchange exchange, boolean close) {
        if (current != exchange) {
            return;
        }
        current = null;
        if (!close) {
            enter(Phase.WAITING);
            Runnable begin = next;
            next = null;
            if (begin != null) {
                begin.run();
            }
        } else if (exchange.isWhole()) {
            connection.close();
        } else {
            enter(Phase.LINGERING);
        }
    }

    /** The client has sent all of a request that was refused before its end. */
    void ended() {
        if (phase == Phase.LINGERING) {
            connection.close();
        }
    }

    void closed() {
        Exchange left = current;
        if (left != null && phase == Phase.READING) {
            left.abandoned();
        }
    }

    void sweep() {
        long now = System.nanoTime();
        switch (phase) {
            case WAITING -> closeAfter(limits.waiting(), now);
            case WRITING -> closeAfter(limits.reading(), now);
            case LINGERING -> {
                if (now - lastPiece > limits.linger().toNanos()
                        || now - since > limits.bodyTotal().toNanos()) {
                    abort();
                }
            }
            case READING -> {
                boolean idle = now - lastPiece > limits.bodyIdle().toNanos();
                if ((idle || now - since > limits.bodyTotal().toNanos()) && current != null) {
                    current.fail(ErrorAnswer.of(ErrorCode.REQUEST_TIMEOUT, "Reading the request's body took too long"));
                }
            }
            case WORKING -> {}
        }
    }

    private void closeAfter(Duration limit, long now) {
        if (now - since > limit.toNanos()) {
            abort();
        }
    }

    /** At once. Vert.x's own close waits for what is not written yet, and a client that reads nothing never lets it. */
    void abort() {
        if (connection instanceof ConnectionBase withChannel) {
            withChannel.channelHandlerContext().close();
        } else {
            connection.close();
        }
    }
}
