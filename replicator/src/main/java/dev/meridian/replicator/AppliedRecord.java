package dev.meridian.replicator;

import dev.meridian.streams.TopicPartition;

/**
 * When one remote change passed each stage, milliseconds since 1970. The first two are of the origin's wall clock, the
 * others of this region's.
 *
 * @param at where the change is in the origin's Kafka, with {@code offset}
 * @param publishedMillis when the origin's publisher took it; -1 if the record does not say
 * @param consumedMillis when the replicator took it into a batch
 * @param appliedMillis when it saw that the batch was committed
 */
public record AppliedRecord(
        TopicPartition at,
        long offset,
        long committedMillis,
        long publishedMillis,
        long consumedMillis,
        long appliedMillis) {}
