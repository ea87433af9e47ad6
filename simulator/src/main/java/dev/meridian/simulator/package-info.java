/**
 * Clusters under load and faults, and what must hold in them: {@code scenario} says what is to happen and {@code workload}
 * what clients do, {@code virtual} plays it in virtual time on regions of {@code world}, {@code check} objects to what must
 * not be.
 */
@NullMarked
package dev.meridian.simulator;

import org.jspecify.annotations.NullMarked;
