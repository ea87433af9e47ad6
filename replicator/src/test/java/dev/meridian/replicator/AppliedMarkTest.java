package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AppliedMarkTest {
    private static final TopicPartition T = new TopicPartition("t", 0);
    private static final TopicPartition U = new TopicPartition("u", 0);

    private final AppliedMark mark = new AppliedMark();

    private static Heartbeat heartbeat(long time, Map<TopicPartition, Long> ends, long controlEnd) {
        return new Heartbeat(
                new HybridTimestamp(time), new TreeMap<>(ends), controlEnd, VersionVector.EMPTY, new TreeMap<>());
    }

    private long through() {
        return mark.through().bits();
    }

    @Test
    void nothingIsClaimedBeforeTheControlTopicIsReadAsFarAsTheHeartbeatSays() {
        mark.heard(heartbeat(5, Map.of(T, 3L), 7));
        mark.note(Map.of(T, 3L));
        assertThat(through()).isZero();
        mark.cover(6, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        mark.note(Map.of(T, 3L));
        assertThat(through()).as("a table may be told of at offset 6").isZero();
        mark.cover(7, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        mark.note(Map.of(T, 2L));
        assertThat(through()).as("not applied yet").isZero();
        mark.note(Map.of(T, 3L));
        assertThat(through()).isEqualTo(5);
    }

    @Test
    void aTableThatIsGainedWithdrawsTheClaimUntilItIsLoaded() {
        mark.cover(1, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        mark.heard(heartbeat(5, Map.of(T, 1L, U, 9L), 1));
        mark.note(Map.of(T, 1L));
        assertThat(through()).isEqualTo(5);
        mark.withdraw();
        mark.heard(heartbeat(6, Map.of(T, 1L, U, 9L), 1));
        mark.note(Map.of(T, 1L));
        assertThat(through()).isZero();
        mark.cover(1, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        mark.note(Map.of(T, 1L, U, 8L));
        assertThat(through()).isZero();
        mark.note(Map.of(T, 1L, U, 9L));
        assertThat(through()).isEqualTo(6);
    }

    @Test
    void theTailOfARegionThatLeftMustBeAppliedThoughItsHeartbeatNoLongerNamesIt() {
        mark.cover(1, Map.of(U, 4L), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        mark.heard(heartbeat(5, Map.of(T, 1L), 1));
        mark.note(Map.of(T, 1L, U, 3L));
        assertThat(through()).isZero();
        mark.note(Map.of(T, 1L, U, 4L));
        assertThat(through()).isEqualTo(5);
    }

    @Test
    void aReplicatorThatIsAlwaysLateStillClaimsWhatItReached() {
        mark.cover(0, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO);
        for (long i = 1; i <= 1_000; i++) {
            mark.heard(heartbeat(i, Map.of(T, i), 0));
        }
        mark.note(Map.of(T, 20L));
        assertThat(through()).isEqualTo(20);
        mark.note(Map.of(T, 1_000L));
        assertThat(through()).isEqualTo(1_000);
    }
}
