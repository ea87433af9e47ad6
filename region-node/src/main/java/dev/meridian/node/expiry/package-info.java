/**
 * Time to live: items whose expiry lies behind are deleted, as deletes of the service's own. Knows the store, no
 * operations.
 */
@NullMarked
package dev.meridian.node.expiry;

import org.jspecify.annotations.NullMarked;
