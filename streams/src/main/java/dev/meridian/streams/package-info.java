/**
 * Changes on their way out of a region: the change record and its codecs, the ordered bus they travel on (a port), and
 * the publisher that moves change rows from the store to the bus.
 *
 * <p>Invariants: a change row is committed with its item and published afterwards, never the other way round; within a
 * partition, records are in sequence order; a stream topic holds each row exactly once.
 *
 * <p>Knows the model. Kafka is known only to {@code streams.kafka}, the broker only to {@code streams.embedded}.
 */
@NullMarked
package dev.meridian.streams;

import org.jspecify.annotations.NullMarked;
