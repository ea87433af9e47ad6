package dev.meridian.node.console;

import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.http.RequestObserver;
import dev.meridian.node.metrics.RegionMetrics;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** The requests since one last asked: how many, how they failed, and how long those took that did not. */
public final class RequestWindow implements RequestObserver {
    private static final long MICROS_MAX = 60_000_000;
    private static final int DIGITS = 2;
    private static final double NANOS_PER_MICRO = 1_000;
    private static final double MICROS_PER_MILLI = 1_000;

    private final RequestObserver next;
    private final Recorder latencies = new Recorder(MICROS_MAX, DIGITS);
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
    private @Nullable Histogram recycled;

    /**
     * What a window saw.
     *
     * @param succeeded a number of requests
     * @param failed by kind, as CloudWatch names it
     * @param p50Millis of those that succeeded, as {@code p99Millis}; NaN if none did
     */
    public record Seen(long succeeded, Map<String, Long> failed, double p50Millis, double p99Millis) {
        long errors() {
            return failed.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** @param next is told of each request too */
    public RequestWindow(RequestObserver next) {
        this.next = next;
    }

    @Override
    public void answered(String operation, long nanos, @Nullable ErrorCode error) {
        next.answered(operation, nanos, error);
        if (error == null) {
            latencies.recordValue(Math.min(MICROS_MAX, Math.round(nanos / NANOS_PER_MICRO)));
        } else {
            failures.computeIfAbsent(RegionMetrics.kind(error), unused -> new LongAdder())
                    .increment();
        }
    }

    /** Begins the next window. By one thread. */
    Seen take() {
        Histogram taken = latencies.getIntervalHistogram(recycled);
        recycled = taken;
        TreeMap<String, Long> failed = new TreeMap<>();
        failures.forEach((kind, count) -> {
            long sum = count.sumThenReset();
            if (sum > 0) {
                failed.put(kind, sum);
            }
        });
        return new Seen(taken.getTotalCount(), failed, percentile(taken, 50), percentile(taken, 99));
    }

    private static double percentile(Histogram taken, double percent) {
        return taken.getTotalCount() == 0 ? Double.NaN : taken.getValueAtPercentile(percent) / MICROS_PER_MILLI;
    }
}
