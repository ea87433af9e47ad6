/**
 * Regions of the product's own parts, without threads, clocks or networks of their own: whoever owns one says what time it
 * is, turns its duties, and gives it its buses. The simulator builds its virtual world of them, and so do tests that turn
 * everything by hand.
 */
@NullMarked
package dev.meridian.simulator.world;

import org.jspecify.annotations.NullMarked;
