package dev.meridian.replicator;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.Consumer;

/**
 * Heartbeats whose mark is ahead of this region's clock: they wait, as changes do. Else this region would say that it has
 * seen a time that has not come, and could never again take in what the sender makes of that time, should the sender's clock
 * be set back and its versions be made anew. Used by one thread.
 */
final class AheadHeartbeats {
    /** Some twelve seconds of them; of more, the oldest, which are due first, and the newest are kept. */
    private static final int KEPT_MAX = 64;

    private final ArrayDeque<Heartbeat> waiting = new ArrayDeque<>();

    /** Hands over all that is due: those that waited, and this one. */
    void heard(Heartbeat heartbeat, long nowMillis, Consumer<Heartbeat> due) {
        // A lower mark takes back what was said above it.
        waiting.removeIf(earlier -> earlier.mark().isAfter(heartbeat.mark()));
        if (waiting.size() == KEPT_MAX) {
            waiting.removeLast();
        }
        waiting.add(heartbeat);
        due(nowMillis, due);
    }

    void due(long nowMillis, Consumer<Heartbeat> due) {
        for (Iterator<Heartbeat> all = waiting.iterator(); all.hasNext(); ) {
            Heartbeat next = all.next();
            if (next.mark().millis() - nowMillis > Replicator.CLOCK_BOUND_MILLIS) {
                return;
            }
            all.remove();
            due.accept(next);
        }
    }
}
