package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What of the heap is for requests: for their bodies as they come, and for what is made of them until they are answered.
 * Small requests have a share of their own, so that large ones do not keep them waiting.
 *
 * @param bodies bytes as they were sent
 * @param small of requests that an event loop parses
 * @param large of the others, of reads that may be large, and of answers that are not sent yet
 */
record RequestMemory(BodyBudget bodies, MemoryBudget small, MemoryBudget large) {
    /** What a process needs for itself: idle, one region takes 50 MB. */
    private static final long OWN_BYTES = 64L << 20;

    /** The most that parsing makes of a byte, as RequestSizeTest shows. */
    static final int SMALL_FACTOR = 32;

    /** Taken by others of the process: the frames of embedded brokers. */
    private static final AtomicLong TAKEN = new AtomicLong();

    /** One for the process, for that is what has the heap. */
    static final RequestMemory OF_PROCESS = new RequestMemory(
            // One body may always come, and a little of others.
            new BodyBudget(() -> Math.max(HttpLimits.BODY_BYTES_MAX + (1L << 20), available() / 8)),
            new MemoryBudget(() -> available() / 8),
            new MemoryBudget(() -> available() * 5 / 8));

    private static long available() {
        long heap = Runtime.getRuntime().maxMemory();
        return Math.max(heap / 4, heap - OWN_BYTES - TAKEN.get());
    }

    /** Of the heap, others take so much more; less if negative. */
    static void taken(long bytes) {
        TAKEN.addAndGet(bytes);
    }

    Share share() {
        return new Share();
    }

    /** What one request holds. Known to its event loop alone. */
    final class Share {
        private final BodyBudget.Share body = bodies.share();
        private long ofSmall;
        private long ofLarge;

        BodyBudget.Share body() {
            return body;
        }

        /** @return the budget that a request of this kind waits for */
        MemoryBudget budget(boolean isLarge) {
            return isLarge ? large : small;
        }

        /** Of a budget, so many bytes were held for this request. */
        void holds(MemoryBudget budget, long bytes) {
            if (budget == large) {
                ofLarge += bytes;
            } else {
                ofSmall += bytes;
            }
        }

        /**
         * The request has been worked on, and this is what is left of it: an answer that waits to be sent, for as long as
         * its client takes to read it. A small one counts as nothing.
         */
        void answered(long bytes) {
            long counted = bytes > HttpLimits.EVENT_LOOP_BYTES_MAX ? bytes : 0;
            if (counted > 0) {
                large.add(counted);
            }
            giveBackParsed();
            ofLarge = counted;
        }

        private void giveBackParsed() {
            long wasLarge = ofLarge;
            long wasSmall = ofSmall;
            ofLarge = 0;
            ofSmall = 0;
            if (wasLarge > 0) {
                large.giveBack(wasLarge);
            }
            if (wasSmall > 0) {
                small.giveBack(wasSmall);
            }
        }

        void giveBack() {
            body.giveBack();
            giveBackParsed();
        }
    }

    /** @throws ApiException if no request may take so much */
    void requirePossible(long bytes) {
        if (bytes > large.limit()) {
            throw new ApiException(
                    ErrorCode.REQUEST_ENTITY_TOO_LARGE,
                    "The request would take up to " + (bytes >> 20) + " MB of memory, and this node has "
                            + (large.limit() >> 20) + " MB for requests: send fewer values at once, or give its process"
                            + " a larger heap (-Xmx)");
        }
    }
}
