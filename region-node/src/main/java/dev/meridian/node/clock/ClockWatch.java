package dev.meridian.node.clock;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.replicator.ClockSkew;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares the clock with those of the other regions, and decides whether a jump is believed. It is when most of the regions
 * that are heard agree with the wall clock, or when an operator says so. A clock that is ahead of most regions without having
 * jumped is held back until they agree again; of two regions none is most, so then only jumps count.
 */
public final class ClockWatch implements Duty {
    private static final long LOOK_MILLIS = 200;
    private static final int NEVER = -1;

    private final RegionId region;
    private final GuardedClock clock;
    private final Supplier<List<PeerClock>> peers;
    private final Supplier<Optional<String>> otherRefusal;
    private int jumpsSeen;
    private long nextLookMillis;

    /** At which number of jumps an operator said that the wall clock is right; negative if nobody does. */
    private volatile int acceptedAt = NEVER;

    private volatile String ahead = "";

    /**
     * Another region's clock.
     *
     * @param fresh whether the region was heard lately
     */
    public record PeerClock(RegionId region, ClockSkew skew, boolean fresh) {
        boolean isKnown() {
            return fresh && skew.leastAheadMillis().isPresent();
        }

        /** By how much this region's clock is certainly ahead of it. */
        long leastBehindMillis() {
            return -skew.greatestAheadMillis().orElse(0);
        }

        /** As far as is known: a message takes some time on its way. */
        boolean agrees() {
            return skew.leastAheadMillis().orElse(Long.MIN_VALUE) >= -GuardedClock.STEP_MILLIS_MAX;
        }
    }

    /**
     * @param peers all other regions, whether they are heard or not
     * @param otherRefusal why else writes are refused for the clock's sake
     */
    public ClockWatch(
            RegionId region,
            GuardedClock clock,
            Supplier<List<PeerClock>> peers,
            Supplier<Optional<String>> otherRefusal) {
        this.region = region;
        this.clock = clock;
        this.peers = peers;
        this.otherRefusal = otherRefusal;
    }

    @Override
    public int turn() {
        long now = clock.wall().millis();
        if (!DueTime.isReached(nextLookMillis, LOOK_MILLIS, now)) {
            return 0;
        }
        nextLookMillis = now + LOOK_MILLIS;
        clock.look();
        List<PeerClock> all = peers.get();
        if (jumpsSeen != clock.jumps()) {
            jumpsSeen = clock.jumps();
            // What was measured before the jump says nothing about the clock after it.
            all.forEach(peer -> peer.skew().forget());
        } else if (clock.reason() == GuardedClock.Reason.JUMPED) {
            judgeJump(all);
        } else {
            compare(all);
        }
        return 0;
    }

    private void judgeJump(List<PeerClock> all) {
        List<PeerClock> known = all.stream().filter(PeerClock::isKnown).toList();
        long agreeing = known.stream().filter(PeerClock::agrees).count();
        // With this region, half of the others are most of all.
        boolean doMostAgree = agreeing > 0 && 2 * agreeing >= known.size();
        boolean nobodyCanTell = all.isEmpty() && !clock.knowsSleep();
        if (doMostAgree || nobodyCanTell) {
            clock.accept();
        }
    }

    private void compare(List<PeerClock> all) {
        List<PeerClock> known = new ArrayList<>(all);
        known.removeIf(peer -> !peer.isKnown());
        int most = (known.size() + 1) / 2 + 1;
        known.sort(Comparator.comparingLong(PeerClock::leastBehindMillis).reversed());
        boolean canTell = known.size() >= most;
        long excess = canTell ? known.get(most - 1).leastBehindMillis() : 0;
        if (excess <= GuardedClock.STEP_MILLIS_MAX) {
            // That nobody is heard does not mean that they agree.
            if (canTell) {
                acceptedAt = NEVER;
            }
            clock.holdBack(0);
        } else if (acceptedAt != clock.jumps()) {
            ahead = String.join(
                    ", ",
                    known.stream()
                            .limit(most)
                            .map(peer -> peer.region().value())
                            .sorted()
                            .toList());
            clock.holdBack(excess);
        }
    }

    /** An operator says that the wall clock is right. In force until the regions agree again, or it jumps again. */
    public void accept() {
        acceptedAt = clock.jumps();
        clock.accept();
    }

    /** Why the clock is not followed; empty if it is. */
    public Optional<String> trouble() {
        GuardedClock.@Nullable Reason reason = clock.reason();
        if (reason == null) {
            return Optional.empty();
        }
        String seconds = clock.heldMillis() / 1_000 + " s";
        return Optional.of(
                switch (reason) {
                    case JUMPED ->
                        "the clock of " + region + " jumped " + seconds + " ahead of the time that has passed";
                    case AHEAD ->
                        "the clock of " + region + " is " + seconds + " ahead of most other regions (" + ahead + ")";
                });
    }

    /** Why writes are refused; empty while they are not. */
    public Optional<String> refusal() {
        return trouble()
                .map(trouble ->
                        "Writes are refused: " + trouble + ". Set the clock right; or, if it is right, say so with"
                                + " ./meridian clock accept --region " + region)
                .or(otherRefusal);
    }
}
