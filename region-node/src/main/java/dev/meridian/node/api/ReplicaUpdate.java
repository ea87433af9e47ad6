package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.replicator.Overrides;

/**
 * One entry of UpdateTable's ReplicaUpdates.
 *
 * @param overrides what the replica is to have its own way, or to have changed
 */
public record ReplicaUpdate(Kind kind, RegionId region, Overrides overrides) {
    /** What is to happen. */
    public enum Kind {
        CREATE,
        UPDATE,
        DELETE
    }

    public ReplicaUpdate(Kind kind, RegionId region) {
        this(kind, region, Overrides.NONE);
    }
}
