package dev.meridian.simulator.link;

import dev.meridian.simulator.scenario.Link;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * One direction of a link: when something that is sent now arrives. Shared by the link's connections, which share its
 * bandwidth. For one thread, but for {@link #set}.
 */
final class Wire {
    private final RandomGenerator random;
    private volatile State state;
    private long busyUntilNanos = Long.MIN_VALUE;

    private record State(Link link, boolean cut) {}

    Wire(Link link, RandomGenerator random) {
        this.state = new State(link, false);
        this.random = random;
    }

    void set(Link link, boolean cut) {
        state = new State(link, cut);
    }

    boolean isCut() {
        return state.cut();
    }

    /** When {@code bytes} that are sent now arrive, if nothing before them on their connection is later. */
    long arrivalNanos(long nowNanos, int bytes) {
        busyUntilNanos = Math.max(nowNanos, busyUntilNanos)
                + TimeUnit.MICROSECONDS.toNanos(state.link().sendMicros(bytes));
        return busyUntilNanos + travelNanos();
    }

    /** How long something is under way now, with nothing before it. */
    long travelNanos() {
        return TimeUnit.MICROSECONDS.toNanos(state.link().delayMicros(random));
    }
}
