package dev.meridian.simulator.load;

import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What requests took, by operation. Thread-safe. */
public final class Measurements {
    /** An hour, which no request outlasts. */
    private static final long MICROS_MAX = 3_600_000_000L;

    private static final int DIGITS = 3;

    private final SortedMap<String, Measured> byOperation = new TreeMap<>();
    private Histogram interval = histogram();
    private long intervalErrors;

    /**
     * Requests of one kind.
     *
     * @param latencyMicros of all that were answered, errors among them
     */
    public record Measured(Histogram latencyMicros, Map<Outcome, Long> outcomes) {
        Measured copy() {
            return new Measured(latencyMicros.copy(), new EnumMap<>(outcomes));
        }

        public long count() {
            return outcomes.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Those without the answer that they should have. */
        public long errors() {
            return outcomes.entrySet().stream()
                    .filter(entry -> !entry.getKey().isAnswered())
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    /** What came since it was last asked. */
    public record Interval(Histogram latencyMicros, long errors) {}

    static Histogram histogram() {
        return new Histogram(MICROS_MAX, DIGITS);
    }

    public synchronized void record(String operation, Outcome outcome, long latencyMicros) {
        Measured measured = byOperation.computeIfAbsent(
                operation, unused -> new Measured(histogram(), new EnumMap<>(Outcome.class)));
        long latency = Math.min(MICROS_MAX, Math.max(0, latencyMicros));
        measured.latencyMicros().recordValue(latency);
        measured.outcomes().merge(outcome, 1L, Long::sum);
        interval.recordValue(latency);
        if (!outcome.isAnswered()) {
            intervalErrors++;
        }
    }

    public synchronized Interval takeInterval() {
        Interval taken = new Interval(interval, intervalErrors);
        interval = histogram();
        intervalErrors = 0;
        return taken;
    }

    public synchronized SortedMap<String, Measured> byOperation() {
        SortedMap<String, Measured> copy = new TreeMap<>();
        byOperation.forEach((operation, measured) -> copy.put(operation, measured.copy()));
        return copy;
    }

    /** All operations together. */
    public synchronized Measured total() {
        Measured total = new Measured(histogram(), new EnumMap<>(Outcome.class));
        byOperation.values().forEach(measured -> {
            total.latencyMicros().add(measured.latencyMicros());
            measured.outcomes().forEach((outcome, count) -> total.outcomes().merge(outcome, count, Long::sum));
        });
        return total;
    }
}
