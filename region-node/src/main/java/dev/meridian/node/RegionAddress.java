package dev.meridian.node;

import dev.meridian.model.RegionId;
import java.nio.file.Path;

/**
 * Where a running region is found.
 *
 * @param endpoint for DynamoDB clients, {@code http://host:port}
 */
public record RegionAddress(RegionId region, String endpoint, String kafkaBootstrap, Path data) {}
