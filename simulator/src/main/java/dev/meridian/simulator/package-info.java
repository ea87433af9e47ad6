/** Real clusters under load and faults, and what must hold in them. */
@NullMarked
package dev.meridian.simulator;

import org.jspecify.annotations.NullMarked;
