/**
 * The node's side of global tables: what it tells other regions of its tables, what it does when it sees itself added or
 * removed, heartbeats, and copies to new replicas. The rules that need no store are in {@code dev.meridian.replicator}.
 *
 * <p>Invariants: what another region says is taken in, in order, or its control partition stops; a membership is ended by
 * its own region alone once it is active, with the places where its changes end; a copy is made only by a region that has
 * all that the new replica wrote in earlier memberships.
 */
@NullMarked
package dev.meridian.node.control;

import org.jspecify.annotations.NullMarked;
