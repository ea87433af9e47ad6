package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import org.jspecify.annotations.Nullable;

/**
 * One replica as DescribeTable shows it.
 *
 * @param status DynamoDB's ReplicaStatus
 * @param percentProgress how much of the table has been loaded, while it is being created
 */
public record ReplicaDescription(
        RegionId region,
        String status,
        @Nullable Integer percentProgress,
        @Nullable String description) {}
