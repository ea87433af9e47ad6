/**
 * The deterministic simulator: a whole cluster in one thread and virtual time. The regions are the product's own parts on
 * real LMDB stores; clocks, links, Kafka and the order in which duties turn are made up here, from one seed. One scenario
 * and one seed give one trace, on every machine.
 *
 * <p>Nothing here reads the wall clock or any randomness but the seed's; nothing waits. What takes time is an event in
 * {@link dev.meridian.simulator.virtual.EventQueue}.
 */
@NullMarked
package dev.meridian.simulator.virtual;

import org.jspecify.annotations.NullMarked;
