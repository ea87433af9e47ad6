package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AheadHeartbeatsTest {
    private final AheadHeartbeats ahead = new AheadHeartbeats();
    private final List<Long> due = new ArrayList<>();

    private void take(Heartbeat heartbeat) {
        due.add(heartbeat.mark().millis());
    }

    private void hear(long markMillis, long nowMillis) {
        HybridTimestamp mark = HybridTimestamp.ofMillis(markMillis);
        ahead.heard(
                new Heartbeat(
                        mark, new TreeMap<>(), 0, VersionVector.EMPTY, new TreeMap<>(), new TreeMap<>(), null, null),
                nowMillis,
                this::take);
    }

    @Test
    void aMarkThatIsAheadWaitsUntilTheClockIsThere() {
        hear(5_000, 2_000);
        hear(5_200, 2_200);
        assertThat(due).isEmpty();
        ahead.due(4_000, this::take);
        assertThat(due).containsExactly(5_000L);
        hear(7_300, 4_300);
        assertThat(due).containsExactly(5_000L, 5_200L);
    }

    @Test
    void aRegionThatIsAlwaysSomeSecondsAheadIsHeardSomeSecondsLater() {
        for (long now = 0; now < 100_000; now += 200) {
            hear(now + 20_000, now);
        }
        assertThat(due).isNotEmpty().isSorted();
        assertThat(due.get(due.size() - 1)).isGreaterThan(80_000);
    }

    @Test
    void aLowerMarkTakesBackWhatWasSaidAboveIt() {
        hear(1_000_000_000, 2_000);
        hear(2_100, 2_200);
        ahead.due(2_000_000_000, this::take);
        assertThat(due).containsExactly(2_100L);
    }
}
