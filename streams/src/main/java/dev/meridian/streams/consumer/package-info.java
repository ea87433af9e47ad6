/**
 * For programs that consume a table's changes: typed records, and a consumer that survives the loss of a region.
 *
 * <p>Knows the bus as a port, the contract of the stream topic, and nothing of a node.
 */
@NullMarked
package dev.meridian.streams.consumer;

import org.jspecify.annotations.NullMarked;
