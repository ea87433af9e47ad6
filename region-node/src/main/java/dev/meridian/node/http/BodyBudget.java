package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds the bytes of all bodies that are held at one time, from their first byte until they are answered. */
final class BodyBudget {
    private final long limit;
    private final AtomicLong held = new AtomicLong();

    BodyBudget(long limit) {
        this.limit = limit;
    }

    /** Bytes held now. */
    long held() {
        return held.get();
    }

    Share share() {
        return new Share();
    }

    /** What one request holds. */
    final class Share {
        private final AtomicLong mine = new AtomicLong();

        /** @throws ApiException if too much is held already */
        void take(long bytes) {
            if (held.addAndGet(bytes) > limit) {
                held.addAndGet(-bytes);
                throw new ApiException(ErrorCode.SERVICE_UNAVAILABLE, "Too many large requests at one time; try again");
            }
            mine.addAndGet(bytes);
        }

        void giveBack() {
            held.addAndGet(-mine.getAndSet(0));
        }
    }
}
