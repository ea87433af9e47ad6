package dev.meridian.streams;

/**
 * A topic as it must be.
 *
 * @param retentionMillis how long records are kept; ignored for a compacted topic
 * @param compacted keep the last record of each key instead
 */
public record TopicSpec(String name, int partitions, long retentionMillis, boolean compacted) {}
