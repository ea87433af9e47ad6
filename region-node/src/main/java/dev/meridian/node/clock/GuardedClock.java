package dev.meridian.node.clock;

import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wall clock, as long as it can be trusted. When it jumps far ahead of the time that has really passed, readings go on
 * as if it had not jumped, until {@link #accept} or until it is set back. When {@link #holdBack} says that it is ahead of
 * the other regions, readings are as much behind it.
 *
 * <p>A machine that slept is no fault: where the system tells its uptime, the time asleep is part of the time passed.
 */
public final class GuardedClock implements InstantSource {
    /**
     * A step of less is passed on. Other regions then see this one's writes later by no more than that, which does less harm
     * than to refuse writes.
     */
    public static final long STEP_MILLIS_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(GuardedClock.class);

    /** How often the wall clock and the time passed are compared anew, so that slow drift adds up to nothing. */
    private static final long COMPARE_MILLIS = 1_000;

    private final InstantSource wall;
    private final ElapsedTime elapsed;
    private volatile State state;

    /** Why readings are not those of the wall clock. */
    public enum Reason {
        /** It jumped against the time that has passed. */
        JUMPED,
        /** It is ahead of most other regions. */
        AHEAD
    }

    /**
     * What one reading is compared with.
     *
     * @param heldMillis by how much readings are behind the wall clock
     * @param reason null while they are not
     * @param jumps how often the wall clock has jumped ahead
     */
    private record State(
            long wallMillis,
            long monotonicMillis,
            OptionalLong uptimeMillis,
            long heldMillis,
            @Nullable Reason reason,
            int jumps) {
        State held(long millis, @Nullable Reason why) {
            return new State(wallMillis, monotonicMillis, uptimeMillis, millis, why, jumps);
        }
    }

    public GuardedClock(InstantSource wall, ElapsedTime elapsed) {
        this.wall = wall;
        this.elapsed = elapsed;
        this.state = new State(wall.millis(), elapsed.monotonicMillis(), elapsed.uptimeMillis(), 0, null, 0);
    }

    /** The wall clock itself, for what shows or compares clocks. */
    public InstantSource wall() {
        return wall;
    }

    @Override
    public Instant instant() {
        State last = state;
        // In this order: a thread that is held up in between sees the wall clock behind, not ahead.
        Instant now = wall.instant();
        long passed = elapsed.monotonicMillis() - last.monotonicMillis;
        long step = now.toEpochMilli() - last.wallMillis - passed;
        if (Math.abs(step) > STEP_MILLIS_MAX || passed >= COMPARE_MILLIS) {
            last = compare();
            // The wall clock may have been set since it was read above, and what is held is of this reading.
            now = Instant.ofEpochMilli(last.wallMillis);
        }
        return last.heldMillis == 0 ? now : now.minusMillis(last.heldMillis);
    }

    /** Finds a jump though nobody asks for the time. */
    synchronized void look() {
        compare();
    }

    private synchronized State compare() {
        State last = state;
        long now = wall.millis();
        long monotonic = elapsed.monotonicMillis();
        OptionalLong uptime = elapsed.uptimeMillis();
        long passed = monotonic - last.monotonicMillis;
        if (uptime.isPresent() && last.uptimeMillis.isPresent()) {
            passed = Math.max(passed, uptime.getAsLong() - last.uptimeMillis.getAsLong());
        }
        long step = now - last.wallMillis - passed;
        long held = last.heldMillis;
        Reason reason = last.reason;
        int jumps = last.jumps;
        if (step > STEP_MILLIS_MAX) {
            held += step;
            reason = Reason.JUMPED;
            jumps++;
            LOG.error("the clock jumped {} ms ahead of the time that has passed", step);
        } else if (step < -STEP_MILLIS_MAX) {
            LOG.warn("the clock was set back by {} ms", -step);
            held = Math.max(0, held + step);
            reason = held <= STEP_MILLIS_MAX ? null : reason;
            held = reason == null ? 0 : held;
        }
        State compared = new State(now, monotonic, uptime, held, reason, jumps);
        state = compared;
        return compared;
    }

    /** What the wall clock shows from now on is right. */
    synchronized void accept() {
        if (state.reason != null) {
            LOG.warn("the clock is taken for right, {} ms ahead of what it was", state.heldMillis);
        }
        state = state.held(0, null);
    }

    /** Readings are to be so far behind the wall clock, for it is ahead of most other regions. 0 ends that. */
    synchronized void holdBack(long millis) {
        if (state.reason == Reason.JUMPED) {
            return;
        }
        if (millis > 0 && state.reason == null) {
            LOG.error("the clock is {} ms ahead of most other regions", millis);
        } else if (millis == 0 && state.reason != null) {
            LOG.warn("the clock is followed again: it is no longer seen to be ahead of most other regions");
        }
        state = state.held(millis, millis == 0 ? null : Reason.AHEAD);
    }

    /** By how much readings are behind the wall clock, milliseconds. */
    public long heldMillis() {
        return state.heldMillis;
    }

    /** Null while readings are the wall clock's. */
    public @Nullable Reason reason() {
        return state.reason;
    }

    /** Grows with each jump. */
    int jumps() {
        return state.jumps;
    }

    /** Whether a sleep of the machine can be told from a jump without other regions. */
    boolean knowsSleep() {
        return state.uptimeMillis.isPresent();
    }
}
