package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The heartbeats of a region that are not caught up with, and the last one that is. Used by one thread; {@link #through}
 * and {@link #reached} may be asked by any.
 */
final class HeardHeartbeats {
    private static final int KEPT = 64;

    private final ArrayDeque<Heartbeat> waiting = new ArrayDeque<>();
    private volatile HybridTimestamp through = HybridTimestamp.ZERO;
    private volatile @Nullable Heartbeat reached;

    HybridTimestamp through() {
        return through;
    }

    @Nullable
    Heartbeat reached() {
        return reached;
    }

    /** A late replicator keeps the oldest heartbeats, which it reaches first, and the newest. */
    void heard(Heartbeat heartbeat) {
        StoreIdentity store = heartbeat.store();
        if (store != null) {
            // Their offsets are of logs that are no more, or were written over, perhaps: they would never be reached.
            waiting.removeIf(earlier -> earlier.store() == null || !store.goesOnFrom(earlier.store()));
        }
        if (waiting.size() == KEPT) {
            waiting.removeLast();
        }
        waiting.add(heartbeat);
    }

    /** @param bar only heartbeats above it count */
    void note(HybridTimestamp bar, Predicate<Heartbeat> isReached) {
        while (!waiting.isEmpty() && isReached.test(waiting.element())) {
            Heartbeat heartbeat = waiting.remove();
            if (heartbeat.mark().isAfter(bar)) {
                reached = heartbeat;
                raise(heartbeat.mark());
            }
        }
    }

    void raise(HybridTimestamp to) {
        if (to.isAfter(through)) {
            through = to;
        }
    }

    /** What was said is no longer true; what was heard may be reached again. */
    void withdraw() {
        through = HybridTimestamp.ZERO;
        reached = null;
    }

    /** Says what another one says, and has heard what it has heard. */
    void copy(HeardHeartbeats other) {
        waiting.clear();
        waiting.addAll(other.waiting);
        through = other.through;
        reached = other.reached;
    }
}
