package dev.meridian.simulator.drill;

import dev.meridian.simulator.report.Percentiles;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Lengths of time, gathered for their percentiles. */
final class Durations {
    private static final int DIGITS = 3;
    private static final long MICROS_PER_MILLI = 1_000;

    private final Histogram micros = new Histogram(DIGITS);

    void addMicros(long value) {
        micros.recordValue(Math.max(0, value));
    }

    void addMillis(long value) {
        addMicros(value * MICROS_PER_MILLI);
    }

    long count() {
        return micros.getTotalCount();
    }

    double millisAt(double percentile) {
        return micros.getValueAtPercentile(percentile) / (double) MICROS_PER_MILLI;
    }

    double maxMillis() {
        return micros.getMaxValue() / (double) MICROS_PER_MILLI;
    }

    @Nullable
    Percentiles percentiles() {
        return Percentiles.ofMicros(micros);
    }
}
