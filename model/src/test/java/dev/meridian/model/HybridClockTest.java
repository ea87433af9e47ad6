package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class HybridClockTest {
    private static final RegionId HERE = new RegionId("us-east-1");

    private long wallMillis = 1_000;

    @Test
    void goesOnUpwardsWhenTheWallClockStepsBackAndAfterARestart() {
        HybridClock clock = new HybridClock(() -> Instant.ofEpochMilli(wallMillis), HERE, HybridTimestamp.ZERO);
        Version first = clock.next();
        wallMillis = 400;
        Version second = clock.next();
        assertThat(second).isGreaterThan(first);
        HybridClock restarted = new HybridClock(() -> Instant.ofEpochMilli(wallMillis), HERE, clock.last());
        assertThat(restarted.next()).isGreaterThan(second);
    }

    @Test
    void isAboveWhatItOverwrites() {
        HybridClock clock = new HybridClock(() -> Instant.ofEpochMilli(wallMillis), HERE, HybridTimestamp.ZERO);
        HybridTimestamp ahead = HybridTimestamp.ofMillis(5_000);
        assertThat(clock.next(ahead).time().isAfter(ahead)).isTrue();
    }

    @Test
    void theCounterRunsOverIntoTheMilliseconds() {
        HybridTimestamp full = new HybridTimestamp((7L << 16) | 0xFFFF);
        assertThat(full.next()).isEqualTo(HybridTimestamp.ofMillis(8));
    }
}
