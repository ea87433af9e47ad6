package dev.meridian.node.api;

import dev.meridian.model.RegionId;

/** One entry of UpdateTable's ReplicaUpdates. */
public record ReplicaUpdate(Kind kind, RegionId region) {
    /** What is to happen. */
    public enum Kind {
        CREATE,
        DELETE
    }
}
