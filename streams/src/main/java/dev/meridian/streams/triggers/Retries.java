package dev.meridian.streams.triggers;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The one owner of triggers' retries, of calls and of dead letters: without end, with exponential back-off. Whoever asks
 * says when to stop.
 */
public final class Retries {
    public static final Duration FIRST_DEFAULT = Duration.ofMillis(200);

    /** A function that is back is found within this time. */
    public static final Duration LONGEST_DEFAULT = Duration.ofSeconds(30);

    private static final double GROWTH = 2.0;

    private final ScheduledExecutorService scheduler;
    private final IntervalFunction intervals;

    /** @param scheduler waits between attempts, and begins all but the first; it stays the caller's */
    public Retries(ScheduledExecutorService scheduler, Duration first, Duration longest) {
        this.scheduler = scheduler;
        this.intervals = IntervalFunction.ofExponentialBackoff(first, GROWTH, longest);
    }

    /** Tries until a result is not to be tried again. An attempt that fails is a bug, and ends it. */
    <T> CompletionStage<T> untilResult(String name, Predicate<T> again, Supplier<CompletionStage<T>> attempt) {
        RetryConfig config = RetryConfig.<T>custom()
                .maxAttempts(Integer.MAX_VALUE)
                .intervalFunction(intervals)
                .retryOnResult(again)
                .retryOnException(failure -> false)
                .build();
        return Retry.of(name, config).executeCompletionStage(scheduler, attempt);
    }

    /** Tries until an attempt does not fail. */
    <T> CompletionStage<T> untilDone(String name, Predicate<Throwable> again, Supplier<CompletionStage<T>> attempt) {
        RetryConfig config = RetryConfig.custom()
                .maxAttempts(Integer.MAX_VALUE)
                .intervalFunction(intervals)
                .retryOnException(again)
                .build();
        return Retry.of(name, config).executeCompletionStage(scheduler, attempt);
    }
}
