/**
 * Delivers a stream topic to a function the way AWS Lambda's event source mappings deliver a DynamoDB stream: in batches,
 * filtered, retried, bisected, in order within each partition, each change at least once.
 *
 * <p>Invariants: of one partition at most one batch is with the function at any time; a partition's position is kept only
 * when everything before it was taken by the function, filtered out, or given up and, if so configured, is safely in the
 * dead-letter topic.
 *
 * <p>Knows the bus and the function as ports. Time, threads and randomness come in through constructors.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html">Using Lambda with DynamoDB</a>
 */
@NullMarked
package dev.meridian.streams.triggers;

import org.jspecify.annotations.NullMarked;
