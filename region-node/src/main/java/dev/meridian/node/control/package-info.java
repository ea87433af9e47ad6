/**
 * The node's side of global tables: what it tells other regions of its tables, what it does when it sees itself added or
 * removed, heartbeats, and copies to new replicas. The rules that need no store are in {@code dev.meridian.replicator}.
 *
 * <p>Invariants: what another region says is taken in, in order, or its control partition stops; a membership is ended by
 * its own region alone once it is active, with the places where its changes end; a copy is made only by a region that has
 * all that the new replica wrote in earlier memberships.
 *
 * <p>Tombstones: one goes when every replica has applied the delete and said so ({@code TombstoneCollector} says why nothing
 * comes back). What lies at or below a table's floor has been applied here; a new item's context includes the floor, so
 * that conflicts stay exact although the tombstone that it followed has gone. Contexts themselves are not cut: other
 * regions' copies of an item may still carry what is at or below this region's floor.
 *
 * <p>A region that has missed something for good, because Kafka no longer keeps it or has another log than the one that was
 * read, loads its table anew while it serves:
 * the copy is merged, what the source has seen and no longer has is removed, own writes stay. One that was silent for too
 * long is evicted, so that tombstones may go; what it writes is then ignored until it has begun anew: it loads a copy, makes
 * its clock later than all that was deleted and forgotten, and writes anew what not all have seen of its own. Intentional:
 * such a write is a new write, and wins against what was written or deleted meanwhile and is not in the copy.
 *
 * <p>A region whose store was put back to an earlier state rejoins in the same way, see {@code Rejoin}, but loads from every
 * other member, and a copy removes no more than {@code LoadRule} allows. docs/decisions/identities.md says why.
 *
 * <p>A dropped table's topics go a day later, when each region that was a member has dropped it and said so. Intentional: a
 * replica's topics stay while any other region has the table, for there its offsets are positions, and a replica of the
 * region may come again; and they stay as long as one member has not been heard to leave. Kafka empties them by then.
 *
 * <p>Why verification is exact: digests count only what a cut includes that every region has applied; of each key a region
 * then holds the highest version within the cut, or one behind it, which is looked at again at a later cut.
 */
@NullMarked
package dev.meridian.node.control;

import org.jspecify.annotations.NullMarked;
