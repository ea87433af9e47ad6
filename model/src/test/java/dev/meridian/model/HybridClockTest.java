package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HybridClockTest {
    private static final RegionId HERE = new RegionId("us-east-1");

    private long wallMillis = 1_000;

    private HybridClock clock(long life, HybridTimestamp restored) {
        return new HybridClock(() -> Instant.ofEpochMilli(wallMillis), HERE, new Life(life), restored);
    }

    @Test
    void goesOnUpwardsWhenTheWallClockStepsBackAndAfterARestart() {
        HybridClock clock = clock(1, HybridTimestamp.ZERO);
        Version first = clock.next();
        wallMillis = 400;
        Version second = clock.next();
        assertThat(second).isGreaterThan(first);
        HybridClock restarted = clock(2, clock.last());
        assertThat(restarted.next()).isGreaterThan(second);
    }

    /** As of a folder and its older copy, each opened with a clock that is behind the last reading, or right. */
    @Test
    void theReadingsOfTwoLivesAreNeverTheSame() {
        for (HybridTimestamp restored : List.of(HybridTimestamp.ZERO, new HybridTimestamp((2_000L << 16) + 70))) {
            HybridClock one = clock(0x1234_0000_0000_7F01L, restored);
            HybridClock other = clock(0x1234_0000_0000_7F02L, restored);
            Set<Version> issued = new HashSet<>();
            for (int i = 0; i < 1_000; i++) {
                wallMillis += i % 3 == 0 ? 1 : 0;
                assertThat(issued.add(one.next())).isTrue();
                assertThat(issued.add(other.next())).isTrue();
            }
        }
    }

    @Test
    void aMillisecondHasRoomForAHundredReadingsOfEachLife() {
        HybridClock clock = clock(-1, HybridTimestamp.ZERO);
        for (int i = 0; i < 100; i++) {
            assertThat(clock.next().time().millis()).isEqualTo(wallMillis);
        }
    }

    @Test
    void isAboveWhatItOverwrites() {
        HybridClock clock = clock(1, HybridTimestamp.ZERO);
        HybridTimestamp ahead = HybridTimestamp.ofMillis(5_000);
        assertThat(clock.next(ahead).time().isAfter(ahead)).isTrue();
    }

    @Test
    void theCounterRunsOverIntoTheMilliseconds() {
        HybridTimestamp full = new HybridTimestamp((7L << 16) | 0xFFFF);
        assertThat(full.next()).isEqualTo(HybridTimestamp.ofMillis(8));
    }
}
