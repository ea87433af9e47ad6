package dev.meridian.simulator.report;

import org.HdrHistogram.Histogram;

/** Of some times, in milliseconds. By nearest rank, to three digits. */
public record Percentiles(long count, double mean, double p50, double p95, double p99, double p999, double max) {
    private static final double MICROS_PER_MILLI = 1_000;

    /** @return null if there is nothing in it */
    public static @org.jspecify.annotations.Nullable Percentiles ofMicros(Histogram micros) {
        if (micros.getTotalCount() == 0) {
            return null;
        }
        return new Percentiles(
                micros.getTotalCount(),
                micros.getMean() / MICROS_PER_MILLI,
                at(micros, 50),
                at(micros, 95),
                at(micros, 99),
                at(micros, 99.9),
                micros.getMaxValue() / MICROS_PER_MILLI);
    }

    private static double at(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / MICROS_PER_MILLI;
    }
}
