package dev.meridian.simulator.link;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One direction of one connection: bytes wait here until they have travelled. On the event loop of its link. */
final class Pipe {
    /** What a sender may have under way before it is held back: the window of a long fat link. */
    private static final long UNDER_WAY_BYTES_MAX = 8L << 20;

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Timers tick in milliseconds: what is less than this early is on time. */
    private static final long EARLY_NANOS = NANOS_PER_MILLI / 2;

    private final Context context;
    private final NetSocket from;
    private final NetSocket to;
    private final Wire wire;
    private final AtomicLong carriedBytes;
    private final Consumer<Pipe> onEnd;
    private final Deque<Chunk> underWay = new ArrayDeque<>();
    private long underWayBytes;
    private boolean held;
    private boolean closed;
    private boolean timed;
    private boolean congested;

    /** @param bytes null: the end */
    private record Chunk(@Nullable Buffer bytes, long arrivalNanos) {
        int length() {
            return bytes == null ? 0 : bytes.length();
        }

        Chunk notBefore(long nanos) {
            return new Chunk(bytes, Math.max(arrivalNanos, nanos));
        }
    }

    /** To be made on the event loop of the link. */
    Pipe(Vertx vertx, NetSocket from, NetSocket to, Wire wire, AtomicLong carriedBytes, Consumer<Pipe> onEnd) {
        this.context = vertx.getOrCreateContext();
        this.from = from;
        this.to = to;
        this.wire = wire;
        this.carriedBytes = carriedBytes;
        this.onEnd = onEnd;
        from.handler(this::sent);
        from.closeHandler(unused -> ended());
        from.exceptionHandler(unused -> {});
    }

    private void sent(Buffer bytes) {
        add(bytes, wire.arrivalNanos(System.nanoTime(), bytes.length()));
        underWayBytes += bytes.length();
        if (underWayBytes > UNDER_WAY_BYTES_MAX && !held) {
            held = true;
            from.pause();
        }
        deliver();
    }

    private void ended() {
        add(null, System.nanoTime() + wire.travelNanos());
        deliver();
    }

    private void add(@Nullable Buffer bytes, long arrivalNanos) {
        Chunk last = underWay.peekLast();
        underWay.add(new Chunk(bytes, last == null ? arrivalNanos : Math.max(last.arrivalNanos, arrivalNanos)));
    }

    /** What waited for a link to heal still has to travel. From any thread. */
    void healed() {
        context.runOnContext(unused -> goOn());
    }

    private void goOn() {
        long earliest = System.nanoTime() + wire.travelNanos();
        for (int waiting = underWay.size(); waiting > 0; waiting--) {
            underWay.addLast(underWay.removeFirst().notBefore(earliest));
        }
        deliver();
    }

    void deliver() {
        while (!closed && !congested && !wire.isCut()) {
            Chunk next = underWay.peekFirst();
            if (next == null) {
                return;
            }
            long early = next.arrivalNanos - System.nanoTime();
            if (early > EARLY_NANOS) {
                deliverIn(early);
                return;
            }
            underWay.removeFirst();
            arrive(next);
        }
    }

    private void deliverIn(long nanos) {
        if (!timed) {
            timed = true;
            context.owner().setTimer(Math.max(1, (nanos + EARLY_NANOS) / NANOS_PER_MILLI), unused -> {
                timed = false;
                deliver();
            });
        }
    }

    private void arrive(Chunk chunk) {
        Buffer bytes = chunk.bytes();
        if (bytes == null) {
            closed = true;
            to.close();
            onEnd.accept(this);
            return;
        }
        underWayBytes -= chunk.length();
        if (held && underWayBytes < UNDER_WAY_BYTES_MAX / 2) {
            held = false;
            from.resume();
        }
        carriedBytes.addAndGet(chunk.length());
        to.write(bytes);
        if (to.writeQueueFull()) {
            congested = true;
            to.drainHandler(unused -> {
                congested = false;
                deliver();
            });
        }
    }
}
