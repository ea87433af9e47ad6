/**
 * The vocabulary of Meridian: values, items, keys and their bytes; versions and the clock that issues them.
 *
 * <p>Invariants: every value here is immutable and valid from its constructor on. Encodings are canonical (equal values
 * have equal bytes, maps and sets are sorted), so that bytes can be compared and digested instead of trees. Key
 * encodings keep the order that DynamoDB gives the values.
 *
 * <p>Knows nothing but the JDK: no JSON, no storage, no network, no wall clock.
 */
@NullMarked
package dev.meridian.model;

import org.jspecify.annotations.NullMarked;
