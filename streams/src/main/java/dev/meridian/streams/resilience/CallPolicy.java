package dev.meridian.streams.resilience;

import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.TopicRefusedException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How one cluster is called. A call that fails in passing is made again a few times; after failures in a row none is made
 * for a while, then a single one that tries; no more than so many are begun at a time, and the rest stand in line.
 */
public final class CallPolicy {
    /** More than half of the last four: one failure among others is none of the cluster's. */
    private static final int WINDOW_CALLS = 4;

    private static final int JUDGED_CALLS = 2;
    private static final float FAILED_PERCENT = 51;

    /** A region that comes back is seen after this long at the latest. */
    private static final Duration OPEN_LAST = Duration.ofSeconds(2);

    private static final Duration OPEN_FIRST = Duration.ofMillis(500);
    private static final double GROWTH = 2.0;

    private static final int CALL_ATTEMPTS = 4;
    private static final Duration CALL_FIRST = Duration.ofMillis(100);

    /** Many times what a region with a thousand partitions needs, and no load for a cluster's controller. */
    private static final int CALLS_IN_PERIOD = 50;

    private static final Duration PERIOD = Duration.ofMillis(100);

    /** Room for fifteen thousand calls. */
    private static final Duration LINE_LAST = Duration.ofSeconds(30);

    private final InstantSource clock;
    private final CircuitBreaker breaker;
    private final Retry calls;
    private final Retry duties;
    private final RateLimiter limiter;

    /**
     * @param name of the cluster's region
     * @param clock better one that does not jump: an open circuit waits by it
     */
    public CallPolicy(String name, InstantSource clock) {
        this.clock = clock;
        this.breaker = CircuitBreaker.of(
                name,
                CircuitBreakerConfig.custom()
                        .slidingWindow(WINDOW_CALLS, JUDGED_CALLS, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold(FAILED_PERCENT)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .waitIntervalFunctionInOpenState(
                                IntervalFunction.ofExponentialBackoff(OPEN_FIRST, GROWTH, OPEN_LAST))
                        .recordException(CallPolicy::isPassing)
                        .clock(clock.withZone(ZoneOffset.UTC))
                        .currentTimestampFunction(java.time.Clock::millis, TimeUnit.MILLISECONDS)
                        .writableStackTraceEnabled(false)
                        .build());
        this.calls = Retry.of(
                name,
                RetryConfig.custom()
                        .maxAttempts(CALL_ATTEMPTS)
                        .intervalFunction(IntervalFunction.ofExponentialBackoff(CALL_FIRST, GROWTH))
                        .retryOnException(CallPolicy::isPassing)
                        .build());
        this.duties = Pace.retry(name + "-duties");
        this.limiter = RateLimiter.of(
                name,
                RateLimiterConfig.custom()
                        .limitForPeriod(CALLS_IN_PERIOD)
                        .limitRefreshPeriod(PERIOD)
                        .timeoutDuration(LINE_LAST)
                        .writableStackTraceEnabled(false)
                        .build());
    }

    /** By which an open circuit waits. */
    public InstantSource clock() {
        return clock;
    }

    private static boolean isPassing(Throwable failure) {
        return unwrap(failure) instanceof BusUnavailableException;
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /**
     * Makes a call. An attempt that fails with a {@link BusUnavailableException} counts against the cluster and is
     * repeated; any other failure is an answer.
     *
     * @param executor makes the calls that have to wait
     * @return a stage that fails with a {@link BusUnavailableException}, or with the {@link TopicRefusedException} that the
     *     cluster answered
     */
    public <T> CompletionStage<T> call(
            ScheduledExecutorService executor, String what, Supplier<CompletionStage<T>> attempt) {
        Supplier<CompletionStage<T>> guarded = CircuitBreaker.decorateCompletionStage(breaker, attempt);
        return calls.executeCompletionStage(executor, () -> inLine(executor, guarded))
                .handle((result, failure) -> {
                    if (failure == null) {
                        return result;
                    }
                    Throwable cause = unwrap(failure);
                    String message = what + ": " + reason(cause);
                    throw cause instanceof TopicRefusedException
                            ? new TopicRefusedException(message, cause)
                            : new BusUnavailableException(message, cause);
                });
    }

    private String reason(Throwable failure) {
        if (failure instanceof CallNotPermittedException) {
            return "it has not answered lately and is left alone for " + OPEN_LAST.toSeconds() + " s at most";
        }
        if (failure instanceof RequestNotPermitted) {
            return "too many calls are waiting";
        }
        return String.valueOf(failure.getMessage());
    }

    private <T> CompletionStage<T> inLine(ScheduledExecutorService executor, Supplier<CompletionStage<T>> attempt) {
        long waitNanos = limiter.reservePermission();
        if (waitNanos < 0) {
            return CompletableFuture.failedFuture(RequestNotPermitted.createRequestNotPermitted(limiter));
        }
        if (waitNanos == 0) {
            return attempt.get();
        }
        CompletableFuture<CompletionStage<T>> turn = new CompletableFuture<>();
        executor.schedule(() -> turn.complete(attempt.get()), waitNanos, TimeUnit.NANOSECONDS);
        return turn.thenCompose(made -> made);
    }

    /** For one duty that calls the cluster and begins anew when it fails. */
    public Pace pace() {
        return new Pace(duties, clock, this::permits);
    }

    /** The circuit as people see it: CLOSED is well. It stays OPEN until somebody tries again. */
    public String circuit() {
        return breaker.getState().name();
    }

    /** Whether the last calls failed, and none has been answered since. */
    public boolean isOpen() {
        return breaker.getState() != CircuitBreaker.State.CLOSED;
    }

    /** As if the cluster were out of reach: no call is made until it is mended. For trying out what follows. */
    public void cut(boolean cut) {
        if (cut) {
            breaker.transitionToForcedOpenState();
        } else if (isCut()) {
            breaker.transitionToClosedState();
        }
    }

    public boolean isCut() {
        return breaker.getState() == CircuitBreaker.State.FORCED_OPEN;
    }

    /** For metrics. */
    public CircuitBreaker breaker() {
        return breaker;
    }

    /** For metrics: of single calls, and of duties that begin anew. */
    public List<Retry> retries() {
        return List.of(calls, duties);
    }

    /** For metrics. */
    public RateLimiter limiter() {
        return limiter;
    }

    private boolean permits() {
        if (!begin()) {
            return false;
        }
        abandon();
        return true;
    }

    /** @return false if nothing may be asked of the cluster now; otherwise one of the three below has to follow */
    boolean begin() {
        return breaker.tryAcquirePermission();
    }

    void answered(long tookMillis) {
        breaker.onSuccess(tookMillis, TimeUnit.MILLISECONDS);
    }

    void failed(long tookMillis, BusUnavailableException failure) {
        breaker.onError(tookMillis, TimeUnit.MILLISECONDS, failure);
    }

    void abandon() {
        breaker.releasePermission();
    }

    /** Whether the call that was begun is the one that tries. */
    boolean isTrying() {
        return breaker.getState() == CircuitBreaker.State.HALF_OPEN;
    }
}
