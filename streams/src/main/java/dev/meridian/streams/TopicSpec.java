package dev.meridian.streams;

/**
 * A topic as it must be.
 *
 * @param retentionMillis how long records are kept, -1 for ever; ignored for a compacted topic
 * @param compacted keep the last record of each key instead
 * @param replicationFactor in how many brokers each record is; 0 for the cluster's default
 */
public record TopicSpec(String name, int partitions, long retentionMillis, boolean compacted, int replicationFactor) {
    /** With the cluster's own replication factor. */
    public TopicSpec(String name, int partitions, long retentionMillis, boolean compacted) {
        this(name, partitions, retentionMillis, compacted, 0);
    }
}
