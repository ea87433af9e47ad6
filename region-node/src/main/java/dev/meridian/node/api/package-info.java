/**
 * The DynamoDB operations: one class each, found by its name. An operation parses and validates when it is built and is
 * pure when it is applied to a view of the store.
 *
 * <p>Knows the store only by its port {@code dev.meridian.node.store}; nothing of HTTP, LMDB or Kafka.
 */
@NullMarked
package dev.meridian.node.api;

import org.jspecify.annotations.NullMarked;
