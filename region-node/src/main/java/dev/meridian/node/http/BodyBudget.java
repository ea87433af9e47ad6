package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Bounds the bytes of all bodies that are held at one time, from their first byte until they are answered. Small ones find
 * room when large ones have taken all of theirs.
 */
final class BodyBudget {
    private static final int SMALL_BYTES_MAX = 8 << 10;

    /** Of what large bodies may take, small ones may have so much more: 1 / this. */
    private static final int SMALL_PART = 8;

    private final LongSupplier limit;
    private final AtomicLong held = new AtomicLong();

    BodyBudget(long limit) {
        this(() -> limit);
    }

    /** @param limit in bytes, of large bodies; may change */
    BodyBudget(LongSupplier limit) {
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
            long large = limit.getAsLong();
            boolean isSmall = mine.get() + bytes <= SMALL_BYTES_MAX;
            if (held.addAndGet(bytes) > (isSmall ? large + large / SMALL_PART : large)) {
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
