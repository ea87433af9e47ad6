package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;

/** Something that the clients of a region decided. @param region where they go, or failed to reach */
record ClientEvent(Kind kind, RegionId home, RegionId region, long atMicros) {
    enum Kind {
        /** The first request that failed after others had succeeded. */
        FAILED,
        /** From now on requests go elsewhere. */
        DECIDED,
        /** Home answers, and from now on requests go there again. */
        RETURNED
    }
}
