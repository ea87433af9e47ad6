/**
 * The store upon LMDB: key layout, group commit, change rows. The only place that knows lmdbjava.
 */
@NullMarked
package dev.meridian.node.lmdb;

import org.jspecify.annotations.NullMarked;
