/**
 * The node's side of global tables: what it tells other regions of its tables, what it does when it sees itself added or
 * removed, heartbeats, and copies to new replicas. The rules that need no store are in {@code dev.meridian.replicator}.
 */
@NullMarked
package dev.meridian.node.control;

import org.jspecify.annotations.NullMarked;
