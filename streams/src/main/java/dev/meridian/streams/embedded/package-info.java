/** A real KRaft broker inside the node's process. The only place that knows the broker's classes. */
@NullMarked
package dev.meridian.streams.embedded;

import org.jspecify.annotations.NullMarked;
