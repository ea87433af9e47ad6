/**
 * From other regions' changes to this region's store: reads their topics, decides with the conflict rule, and hands
 * batches to a {@code ReplicaStore} (a port) that keeps items and positions in one transaction. Also the rules by which
 * regions agree on the members of a global table, and the applied vector.
 *
 * <p>Invariants: nothing is skipped that a Meridian wrote, for what cannot be applied stops its partition with an alarm, and
 * what no Meridian wrote is set aside with its bytes; a batch leaves items and
 * positions together or neither; the applied vector never says too much.
 *
 * <p>Knows the model, the conflict rule and the bus's port; nothing of Kafka, LMDB, HTTP or threads.
 */
@NullMarked
package dev.meridian.replicator;

import org.jspecify.annotations.NullMarked;
