package dev.meridian.node.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Counts the requests of a server that are not answered yet, and ends with them. */
final class InFlight {
    private int count;
    private boolean closing;

    /** @return whether the request may go on; if not, it is to be refused, and ended all the same */
    synchronized boolean begin() {
        count++;
        return !closing;
    }

    synchronized void end() {
        count--;
        if (closing && count == 0) {
            notifyAll();
        }
    }

    synchronized boolean isClosing() {
        return closing;
    }

    /** From now on new requests are refused; waits until none is left. */
    synchronized void drain(Duration patience) throws InterruptedException {
        closing = true;
        long deadline = System.nanoTime() + patience.toNanos();
        while (count > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
