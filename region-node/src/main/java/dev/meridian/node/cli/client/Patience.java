package dev.meridian.node.cli.client;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How long a command goes on asking. */
final class Patience {
    private static final Duration BETWEEN = Duration.ofMillis(100);

    private final long untilNanos;

    Patience(Duration time) {
        untilNanos = System.nanoTime() + time.toNanos();
    }

    /** Waits a little. @return false if there was no time left */
    boolean again() {
        if (System.nanoTime() - untilNanos >= 0 || Thread.currentThread().isInterrupted()) {
            return false;
        }
        LockSupport.parkNanos(BETWEEN.toNanos());
        return true;
    }
}
