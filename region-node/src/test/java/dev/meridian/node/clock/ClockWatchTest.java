package dev.meridian.node.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.node.clock.ClockWatch.PeerClock;
import dev.meridian.replicator.ClockSkew;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** One region's clock and those of others, in virtual time. */
class ClockWatchTest {
    private static final long EPOCH = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long HOUR = 3_600_000;
    private static final long LATENCY = 40;
    private static final RegionId SELF = new RegionId("self");

    private final List<PeerClock> peers = new ArrayList<>();
    private final List<Long> peersAhead = new ArrayList<>();
    private long trueMillis = EPOCH;
    private long monotonicMillis = 17;
    private boolean tellsUptime = true;
    private long wallAhead;
    private final GuardedClock clock =
            new GuardedClock(() -> Instant.ofEpochMilli(trueMillis + wallAhead), new ElapsedTime() {
                @Override
                public long monotonicMillis() {
                    return monotonicMillis;
                }

                @Override
                public OptionalLong uptimeMillis() {
                    return tellsUptime ? OptionalLong.of(trueMillis - EPOCH) : OptionalLong.empty();
                }
            });
    private final ClockWatch watch = new ClockWatch(SELF, clock, () -> peers, Optional::empty);

    private void peer(long aheadMillis) {
        peers.add(new PeerClock(new RegionId("p" + peers.size()), new ClockSkew(), true));
        peersAhead.add(aheadMillis);
    }

    /** The machine is awake; heartbeats come and go. */
    private void passes(long millis) {
        for (long passed = 0; passed < millis; passed += 200) {
            trueMillis += 200;
            monotonicMillis += 200;
            for (int i = 0; i < peers.size(); i++) {
                long theirs = trueMillis + peersAhead.get(i);
                long mine = trueMillis + wallAhead;
                peers.get(i).skew().heard(theirs - LATENCY, mine, mine - LATENCY - theirs);
            }
            watch.turn();
        }
    }

    private void sleeps(long millis) {
        trueMillis += millis;
        watch.turn();
    }

    private void assertFollowed() {
        assertThat(watch.refusal()).isEmpty();
        assertThat(clock.millis()).isEqualTo(trueMillis + wallAhead);
    }

    private void assertHeldAtTheTruth() {
        assertThat(clock.millis()).isBetween(trueMillis - 2 * LATENCY, trueMillis + 2 * LATENCY);
        assertThat(watch.refusal()).isPresent();
    }

    @Test
    void aJumpIsHeldUntilTheClockIsSetRight() {
        peer(0);
        passes(5_000);
        wallAhead = HOUR;
        assertThat(clock.millis()).isEqualTo(trueMillis);
        passes(20_000);
        assertHeldAtTheTruth();
        assertThat(watch.refusal().orElseThrow())
                .isEqualTo(
                        "Writes are refused: the clock of self jumped 3600 s ahead of the time that has passed. Set the"
                                + " clock right; or, if it is right, say so with ./meridian clock accept --region self");
        wallAhead = 0;
        passes(1_000);
        assertFollowed();
    }

    @Test
    void ofTwoRegionsMonotonicTimeDecides() {
        peer(-HOUR);
        passes(10_000);
        assertFollowed();
    }

    @Test
    void aClockAheadOfMostRegionsIsHeldBackFromTheStart() {
        peer(0);
        peer(0);
        wallAhead = HOUR;
        assertThat(clock.millis()).isEqualTo(trueMillis);
        clock.accept();
        passes(6_000);
        assertHeldAtTheTruth();
        wallAhead = 0;
        passes(20_000);
        assertFollowed();
    }

    @Test
    void aRegionThatIsAheadIsNoFaultOfThisOne() {
        peer(HOUR);
        peer(0);
        passes(10_000);
        assertFollowed();
    }

    @Test
    void aMachineThatSleptIsNoFault() {
        passes(3_000);
        sleeps(8 * HOUR);
        assertFollowed();
        passes(3_000);
        assertFollowed();
    }

    @Test
    void whereTheSystemDoesNotTellOfSleepTheOtherRegionsDo() {
        tellsUptime = false;
        peer(0);
        peer(0);
        passes(3_000);
        sleeps(8 * HOUR);
        assertThat(watch.refusal()).isPresent();
        passes(2_000);
        assertFollowed();
    }

    @Test
    void whereNobodyTellsOfSleepAJumpIsBelieved() {
        tellsUptime = false;
        passes(3_000);
        sleeps(8 * HOUR);
        passes(1_000);
        assertFollowed();
    }

    @Test
    void anOperatorMayAcceptAJump() {
        peer(0);
        peer(0);
        passes(3_000);
        wallAhead = HOUR;
        passes(10_000);
        assertHeldAtTheTruth();
        watch.accept();
        passes(10_000);
        assertFollowed();
    }

    /** Whoever is asked for the time finds a jump, and it may be accepted before the next look at the other regions. */
    @Test
    void anOperatorMayAcceptAJumpBeforeTheRegionsAreCompared() {
        peer(0);
        peer(0);
        passes(3_000);
        wallAhead = HOUR;
        assertThat(clock.millis()).isEqualTo(trueMillis);
        watch.accept();
        passes(10_000);
        assertFollowed();
    }

    @Test
    void whatAnOperatorAcceptedHoldsWhileNobodyIsHeard() {
        peer(0);
        peer(0);
        passes(3_000);
        wallAhead = HOUR;
        passes(3_000);
        watch.accept();
        passes(3_000);
        peers.forEach(peer -> peer.skew().forget());
        trueMillis += 200;
        monotonicMillis += 200;
        watch.turn();
        passes(10_000);
        assertFollowed();
    }

    @Test
    void aClockThatIsSetBackIsFollowed() {
        peer(0);
        passes(3_000);
        wallAhead = -HOUR;
        passes(10_000);
        assertFollowed();
    }

    @Test
    void smallStepsArePassedOn() {
        peer(0);
        passes(3_000);
        wallAhead = 5_000;
        passes(10_000);
        assertFollowed();
    }
}
