package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AppliedMarkTest {
    private static final TopicPartition T = new TopicPartition("t", 0);
    private static final TopicPartition U = new TopicPartition("u", 0);
    private static final TopicPartition OF_W = new TopicPartition("w", 0);

    private static final TableId V = new TableId(new UUID(0, 1));
    private static final TableId W = new TableId(new UUID(0, 2));

    private final AppliedMark mark = new AppliedMark();

    private static Heartbeat heartbeat(long time, Map<TopicPartition, Long> ends, long controlEnd) {
        return new Heartbeat(
                new HybridTimestamp(time),
                new TreeMap<>(ends),
                controlEnd,
                VersionVector.EMPTY,
                new TreeMap<>(),
                new TreeMap<>(),
                null,
                null);
    }

    private static Heartbeat heartbeatOf(StoreHistory history, long time, long end) {
        RegionId there = new RegionId("there");
        StoreIdentity store =
                new StoreIdentity(there, history, new HybridTimestamp(time), new TreeMap<>(), new TreeMap<>());
        Heartbeat plain = heartbeat(time, Map.of(T, end), 0);
        return new Heartbeat(
                plain.mark(), plain.ends(), 0, plain.applied(), plain.aheadMillis(), new TreeMap<>(), store, null);
    }

    /** A store that was put back writes over what the heartbeat before was sure of. */
    @Test
    void whatALaterLifeWroteDoesNotFulfilWhatAHeartbeatBeforeItSaid() {
        Life first = new Life(1);
        Life later = new Life(2);
        StoreHistory history = StoreHistory.begin(new Incarnation(new UUID(3, 4)), first, HybridTimestamp.ZERO);
        cover();
        mark.heard(heartbeatOf(history, 5, 3));
        LogPosition written = new LogPosition(3, null, null, later, new HybridTimestamp(4));
        mark.note(Map.of(T, written), Set.of());
        assertThat(through()).isZero();
        mark.note(Map.of(T, new LogPosition(3, null, null, first, new HybridTimestamp(9))), Set.of());
        assertThat(through()).as("of the same life, behind it").isEqualTo(5);
        mark.heard(heartbeatOf(history, 6, 3));
        mark.heard(heartbeatOf(history.opened(later, new HybridTimestamp(6)), 8, 3));
        mark.note(Map.of(T, new LogPosition(3, null, null, later, new HybridTimestamp(7))), Set.of());
        assertThat(through()).as("what the first said last holds nothing back").isEqualTo(8);
    }

    private static Map<TopicPartition, LogPosition> at(Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, LogPosition> places = new TreeMap<>();
        offsets.forEach((at, next) -> places.put(at, new LogPosition(next)));
        return places;
    }

    private long through() {
        return mark.through().bits();
    }

    @Test
    void nothingIsClaimedBeforeTheControlTopicIsReadAsFarAsTheHeartbeatSays() {
        mark.heard(heartbeat(5, Map.of(T, 3L), 7));
        mark.note(at(Map.of(T, 3L)), Set.of());
        assertThat(through()).isZero();
        mark.cover(6, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        mark.note(at(Map.of(T, 3L)), Set.of());
        assertThat(through()).as("a table may be told of at offset 6").isZero();
        mark.cover(7, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        mark.note(at(Map.of(T, 2L)), Set.of());
        assertThat(through()).as("not applied yet").isZero();
        mark.note(at(Map.of(T, 3L)), Set.of());
        assertThat(through()).isEqualTo(5);
    }

    @Test
    void aTableThatIsGainedWithdrawsTheClaimUntilItIsLoaded() {
        mark.cover(1, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        mark.heard(heartbeat(5, Map.of(T, 1L, U, 9L), 1));
        mark.note(at(Map.of(T, 1L)), Set.of());
        assertThat(through()).isEqualTo(5);
        mark.withdraw();
        mark.heard(heartbeat(6, Map.of(T, 1L, U, 9L), 1));
        mark.note(at(Map.of(T, 1L)), Set.of());
        assertThat(through()).isZero();
        mark.cover(1, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        mark.note(at(Map.of(T, 1L, U, 8L)), Set.of());
        assertThat(through()).isZero();
        mark.note(at(Map.of(T, 1L, U, 9L)), Set.of());
        assertThat(through()).isEqualTo(6);
    }

    @Test
    void theTailOfARegionThatLeftMustBeAppliedThoughItsHeartbeatNoLongerNamesIt() {
        mark.cover(1, null, Map.of(U, 4L), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        mark.heard(heartbeat(5, Map.of(T, 1L), 1));
        mark.note(at(Map.of(T, 1L, U, 3L)), Set.of());
        assertThat(through()).isZero();
        mark.note(at(Map.of(T, 1L, U, 4L)), Set.of());
        assertThat(through()).isEqualTo(5);
    }

    @Test
    void aReplicatorThatIsAlwaysLateStillClaimsWhatItReached() {
        mark.cover(0, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of());
        for (long i = 1; i <= 1_000; i++) {
            mark.heard(heartbeat(i, Map.of(T, i), 0));
        }
        mark.note(at(Map.of(T, 20L)), Set.of());
        assertThat(through()).isEqualTo(20);
        mark.note(at(Map.of(T, 1_000L)), Set.of());
        assertThat(through()).isEqualTo(1_000);
    }

    private void cover(TableId... loading) {
        mark.cover(1, null, Map.of(), HybridTimestamp.ZERO, HybridTimestamp.ZERO, Set.of(loading));
    }

    @Test
    void whatStandsStillHoldsBackOnlyWhatIsSaidOfAll() {
        cover();
        for (long i = 1; i <= 200; i++) {
            mark.heard(heartbeat(i, Map.of(T, i, U, i), 1));
            mark.note(at(Map.of(T, i, U, 1L)), Set.of(U));
        }
        assertThat(through()).isEqualTo(1);
        assertThat(mark.throughOfOthers().bits()).isEqualTo(200);
    }

    @Test
    void whatNoLongerStandsStillCountsAgain() {
        cover();
        mark.heard(heartbeat(5, Map.of(T, 5L, U, 5L), 1));
        mark.note(at(Map.of(T, 5L, U, 1L)), Set.of(U));
        assertThat(mark.throughOfOthers().bits()).isEqualTo(5);
        mark.note(at(Map.of(T, 5L, U, 4L)), Set.of());
        assertThat(mark.throughOfOthers().bits()).isZero();
        mark.note(at(Map.of(T, 5L, U, 4L)), Set.of(T));
        assertThat(mark.throughOfOthers().bits()).as("U lacks one").isZero();
        mark.note(at(Map.of(T, 5L, U, 5L)), Set.of());
        assertThat(mark.throughOfOthers().bits()).isEqualTo(5);
    }

    @Test
    void anotherThatStandsStillInsteadIsNotTakenForTheFirst() {
        cover();
        mark.heard(heartbeat(5, Map.of(T, 5L, U, 5L), 1));
        mark.note(at(Map.of(T, 5L, U, 1L)), Set.of(U));
        mark.note(at(Map.of(T, 5L, U, 1L)), Set.of(T));
        assertThat(mark.throughOfOthers().bits()).isZero();
    }

    @Test
    void whileATableIsLoadedSomethingIsSaidOnlyOfTheOthers() {
        cover();
        mark.heard(heartbeat(5, Map.of(T, 5L), 1));
        mark.note(at(Map.of(T, 5L)), Set.of());
        mark.withdraw();
        assertThat(mark.throughOfOthers().bits()).isZero();
        cover(V);
        mark.heard(heartbeat(6, Map.of(T, 5L, U, 5L), 1));
        mark.note(at(Map.of(T, 5L, U, 1L)), Set.of(U));
        assertThat(through()).isZero();
        assertThat(mark.throughOfOthers().bits()).isEqualTo(6);
        cover(V, W);
        mark.heard(heartbeat(7, Map.of(T, 5L, OF_W, 5L), 1));
        mark.note(at(Map.of(T, 5L, U, 1L)), Set.of(U));
        assertThat(mark.throughOfOthers().bits()).isEqualTo(7);
        cover(V);
        mark.heard(heartbeat(8, Map.of(T, 5L, OF_W, 5L), 1));
        mark.note(at(Map.of(T, 5L, U, 1L, OF_W, 4L)), Set.of(U));
        assertThat(mark.throughOfOthers().bits()).as("W counts again").isLessThan(7);
    }
}
