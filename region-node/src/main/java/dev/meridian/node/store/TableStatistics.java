package dev.meridian.node.store;

/** Exact counts, kept with the items. Sizes by DynamoDB's rules are those of the images' items, in bytes. */
public record TableStatistics(long items, long itemBytes, long tombstones) {}
