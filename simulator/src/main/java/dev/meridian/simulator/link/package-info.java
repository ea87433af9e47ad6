/**
 * Links between regions that are slow, narrow, lossy or cut, on one machine: a TCP proxy for each directed pair, whose
 * conditions change while it runs.
 *
 * <p>What is emulated is what TCP makes of a network, not the network: bytes arrive late, never out of order and never
 * damaged, and a lost packet is a stall. A link that is cut keeps its connections open and carries nothing, as a
 * partition does; a connection that is closed meanwhile is seen to be closed when the link heals.
 *
 * <p>Knows Vert.x and bytes; nothing of Kafka, regions or scenarios.
 */
@NullMarked
package dev.meridian.simulator.link;

import org.jspecify.annotations.NullMarked;
