/** The ordered bus in memory: deterministic, without threads, for simulation and tests. */
@NullMarked
package dev.meridian.streams.memory;

import org.jspecify.annotations.NullMarked;
