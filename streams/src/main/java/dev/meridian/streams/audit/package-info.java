/**
 * Whether a stream topic holds each change of a region's store once and in order. Pure: it is told what is in the topic and
 * what is in the store, and knows neither.
 */
@NullMarked
package dev.meridian.streams.audit;

import org.jspecify.annotations.NullMarked;
