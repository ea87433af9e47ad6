/**
 * Keeps a region's clock from running away. Versions are made of its readings, and a version that is far ahead of the other
 * regions' clocks is invisible there until they have reached it.
 *
 * <p>Knows the store's port, the replicators and what refuses a request. docs/decisions/clock-jumps.md says why it decides
 * as it does.
 */
@NullMarked
package dev.meridian.node.clock;

import org.jspecify.annotations.NullMarked;
