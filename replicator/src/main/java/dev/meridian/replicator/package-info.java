/**
 * From other regions' changes to this region's store: reads their topics, decides with the conflict rule, and hands
 * batches to a {@code ReplicaStore} (a port) that keeps items and positions in one transaction. Also the rules by which
 * regions agree on the members of a global table, and the applied vector.
 *
 * <p>Knows the model, the conflict rule and the bus's port; nothing of Kafka, LMDB, HTTP or threads.
 */
@NullMarked
package dev.meridian.replicator;

import org.jspecify.annotations.NullMarked;
