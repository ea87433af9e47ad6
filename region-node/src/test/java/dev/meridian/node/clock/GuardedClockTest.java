package dev.meridian.node.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class GuardedClockTest {
    private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long HOUR = 3_600_000;

    /** What the wall clock shows each time it is read; the last of them for ever. */
    private final Deque<Long> wall = new ArrayDeque<>(List.of(NOW));

    private long monotonicMillis = 1;

    private final GuardedClock clock =
            new GuardedClock(() -> Instant.ofEpochMilli(wall.size() > 1 ? wall.remove() : wall.element()), elapsed());

    private ElapsedTime elapsed() {
        return new ElapsedTime() {
            @Override
            public long monotonicMillis() {
                return monotonicMillis;
            }

            @Override
            public OptionalLong uptimeMillis() {
                return OptionalLong.of(monotonicMillis);
            }
        };
    }

    private void shows(Long... readings) {
        wall.clear();
        wall.addAll(List.of(readings));
    }

    /** A version made an hour ahead would be invisible elsewhere for an hour. */
    @Test
    void aClockThatIsSetBackWhileItIsReadGivesNoTimeOfBefore() {
        shows(NOW + HOUR);
        assertThat(clock.millis()).isEqualTo(NOW);
        monotonicMillis += 1_000;
        shows(NOW + HOUR + 1_000, NOW + 1_000);
        assertThat(clock.millis()).isEqualTo(NOW + 1_000);
        assertThat(clock.heldMillis()).isZero();
    }

    @Test
    void aClockThatJumpsWhileItIsReadGivesNoTimeOfLongAgo() {
        monotonicMillis += 1_000;
        shows(NOW + 1_000, NOW + HOUR + 1_000);
        assertThat(clock.millis()).isEqualTo(NOW + 1_000);
        assertThat(clock.heldMillis()).isEqualTo(HOUR);
    }
}
