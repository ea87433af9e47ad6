/** The commands of this module, which join {@code meridian}. */
@NullMarked
package dev.meridian.simulator.cli;

import org.jspecify.annotations.NullMarked;
