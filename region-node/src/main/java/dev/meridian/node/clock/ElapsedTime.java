package dev.meridian.node.clock;

import java.util.OptionalLong;

/** Time that nobody sets. Only differences mean something. */
public interface ElapsedTime {
    /** Milliseconds of the monotonic clock, which may stand still while the machine sleeps. Cheap. */
    long monotonicMillis();

    /** Milliseconds since the machine was started, its sleep included; empty where the system does not tell. */
    OptionalLong uptimeMillis();
}
