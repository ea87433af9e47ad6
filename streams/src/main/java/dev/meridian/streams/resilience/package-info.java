/**
 * How calls that leave the node are repeated, stopped and slowed. The one owner of that, with Resilience4j behind it:
 * every cluster has one {@code CallPolicy}, shared by all that calls it.
 *
 * <p>Invariants: no thread and no clock of its own, so that duties turned by hand do the same under a virtual clock; while
 * a circuit is open, nothing is asked of its cluster; a permission that was given is always given back, or the circuit
 * would stay half open for ever.
 *
 * <p>Knows nothing of Kafka: what passes is a {@code BusUnavailableException}.
 */
@NullMarked
package dev.meridian.streams.resilience;

import org.jspecify.annotations.NullMarked;
