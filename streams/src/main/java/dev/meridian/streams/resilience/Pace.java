package dev.meridian.streams.resilience;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When a duty that failed may try again: at once at first, then after pauses that grow while it goes on failing. For one
 * thread; it waits for nothing, it only says when.
 */
public final class Pace {
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final Duration LAST = Duration.ofSeconds(1);
    private static final double GROWTH = 2.0;

    /** How often an open circuit is asked again. */
    private static final long REFUSED_MILLIS = 100;

    private final Retry retry;
    private final InstantSource clock;
    private final BooleanSupplier permitted;
    private Retry.@Nullable AsyncContext<Object> failures;
    private long fromMillis;
    private long pauseMillis;

    Pace(Retry retry, InstantSource clock, BooleanSupplier permitted) {
        this.retry = retry;
        this.clock = clock;
        this.permitted = permitted;
    }

    static Retry retry(String name) {
        return Retry.of(
                name,
                RetryConfig.custom()
                        .maxAttempts(Integer.MAX_VALUE)
                        .intervalFunction(IntervalFunction.ofExponentialBackoff(FIRST, GROWTH, LAST))
                        .build());
    }

    /** For what fails within the node: a store that is full or closing. */
    public static Pace ofStore(InstantSource clock) {
        return new Pace(retry("store"), clock, () -> true);
    }

    /** Whether to try, or to go on. */
    public boolean isDue() {
        if (pauseMillis == 0) {
            return true;
        }
        long passed = clock.millis() - fromMillis;
        // A clock that was set back is not waited for.
        if (passed >= 0 && passed < pauseMillis) {
            return false;
        }
        if (!permitted.getAsBoolean()) {
            pause(REFUSED_MILLIS);
            return false;
        }
        return true;
    }

    private void pause(long millis) {
        fromMillis = clock.millis();
        pauseMillis = millis;
    }

    public void failed(Throwable failure) {
        Retry.AsyncContext<Object> context = failures;
        if (context == null) {
            context = retry.asyncContext();
            failures = context;
        }
        pause(context.onError(failure));
    }

    public void succeeded() {
        Retry.AsyncContext<Object> context = failures;
        if (context != null) {
            context.onComplete();
            failures = null;
            pauseMillis = 0;
        }
    }
}
