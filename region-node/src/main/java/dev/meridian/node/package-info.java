/** One region, put together: store, bus, publishers, replicators, control plane and HTTP; and several of them in one JVM. */
@NullMarked
package dev.meridian.node;

import org.jspecify.annotations.NullMarked;
