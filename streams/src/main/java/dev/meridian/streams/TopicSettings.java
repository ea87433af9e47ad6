package dev.meridian.streams;

import java.time.Duration;

/**
 * How a table's topics are kept.
 *
 * @param streamRetentionMillis how long the stream topic keeps records, milliseconds; {@link #FOR_EVER}, or 0 where nobody
 *     said: then a topic is made for {@link #RETENTION_DEFAULT} and left alone
 * @param replicationFactor of both topics, in how many brokers each record is; 0 for the cluster's default
 */
public record TopicSettings(long streamRetentionMillis, int replicationFactor) {
    /** As {@link #streamRetentionMillis}. */
    public static final long FOR_EVER = -1;

    /** What DynamoDB Streams and Kinesis keep. */
    public static final Duration RETENTION_DEFAULT = Duration.ofHours(24);

    public static final TopicSettings DEFAULT = new TopicSettings(0, 0);

    public TopicSettings {
        if (streamRetentionMillis < FOR_EVER) {
            throw new IllegalArgumentException("records cannot be kept for " + streamRetentionMillis + " ms");
        }
        if (replicationFactor < 0) {
            throw new IllegalArgumentException("a replication factor is not " + replicationFactor);
        }
    }

    public TopicSettings withStreamRetentionMillis(long millis) {
        return new TopicSettings(millis, replicationFactor);
    }

    /** Of a topic that is made now. */
    public long retentionOfNewStream() {
        return streamRetentionMillis == 0 ? RETENTION_DEFAULT.toMillis() : streamRetentionMillis;
    }
}
