/**
 * A region that is hurt on command, for drills: a wrong clock, a slow or a full disk, a stopped broker; and every lag
 * that it measures, one by one. Only a region whose config says {@code drill} has any of it.
 */
@NullMarked
package dev.meridian.node.drill;

import org.jspecify.annotations.NullMarked;
