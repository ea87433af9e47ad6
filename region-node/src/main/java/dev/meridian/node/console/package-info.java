/**
 * The page at {@code /-/console}: its files, and what it is told as it happens. What a region was like in the last quarter
 * of an hour is kept in memory, whether or not somebody looks.
 *
 * <p>Reads what the other parts say of themselves, and steers nothing: the page does that with the pages and operations
 * that are there for all. Does not know Vert.x.
 */
@NullMarked
package dev.meridian.node.console;

import org.jspecify.annotations.NullMarked;
