package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableSettings;
import dev.meridian.replicator.Overrides;
import org.jspecify.annotations.Nullable;

/**
 * One replica as this region knows it.
 *
 * @param status DynamoDB's ReplicaStatus
 * @param percentProgress how much of the table has been loaded, while it is being created
 * @param settings that are in force there, as far as replicas share or override them
 * @param different what differs there from this region: an override is shown as such where it makes a difference
 */
public record ReplicaDescription(
        RegionId region,
        String status,
        @Nullable Integer percentProgress,
        @Nullable String description,
        TableSettings settings,
        Overrides different) {}
