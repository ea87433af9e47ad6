package dev.meridian.simulator.drill;

import java.time.InstantSource;

/** Time since the load of a drill began, and how it maps to the machine's wall clock. */
final class DrillClock {
    private static final long NANOS_PER_MICRO = 1_000;

    private final long beginNanos;
    private final long beginMillis;

    private DrillClock(long beginNanos, long beginMillis) {
        this.beginNanos = beginNanos;
        this.beginMillis = beginMillis;
    }

    static DrillClock startingNow(InstantSource wall) {
        return new DrillClock(System.nanoTime(), wall.millis());
    }

    long micros() {
        return (System.nanoTime() - beginNanos) / NANOS_PER_MICRO;
    }

    long beginMillis() {
        return beginMillis;
    }

    /** @param wallMillis since 1970 */
    long micros(long wallMillis) {
        return (wallMillis - beginMillis) * 1_000;
    }

    long wallMillis(long micros) {
        return beginMillis + Math.floorDiv(micros, 1_000);
    }
}
