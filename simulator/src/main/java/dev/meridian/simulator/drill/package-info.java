/**
 * Drills: a scenario played on real processes with real Kafka, over links that really break, under load through the
 * AWS protocol, and what was measured of it.
 *
 * <p>Measured times are those of one machine's clock: regions, brokers, links and clients are all on it. What a drill
 * starts is bound to loopback and ends with it, also when it is interrupted.
 *
 * <p>Knows scenarios, workloads, links, the load generator, and of regions their config file and pages; their insides not.
 */
@NullMarked
package dev.meridian.simulator.drill;

import org.jspecify.annotations.NullMarked;
