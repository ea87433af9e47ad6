/**
 * Which of two versions of an item wins, whether they were concurrent, and when a tombstone may go. Pure functions of
 * their arguments.
 *
 * <p>Laws: the winner depends on the versions alone, so that all regions agree whatever the order or repetition of
 * delivery; contexts are joined in every case, so that they agree too.
 */
@NullMarked
package dev.meridian.conflict;

import org.jspecify.annotations.NullMarked;
