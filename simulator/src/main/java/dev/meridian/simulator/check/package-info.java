/**
 * What must hold in a cluster, whatever happens to it: each law by a class that is told what happens and objects to what
 * must not. Laws know regions and their stores; they do not know who turns them.
 */
@NullMarked
package dev.meridian.simulator.check;

import org.jspecify.annotations.NullMarked;
