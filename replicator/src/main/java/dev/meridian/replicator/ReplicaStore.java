package dev.meridian.replicator;

import dev.meridian.model.RegionId;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A port: where remote changes are applied. */
public interface ReplicaStore {
    /**
     * Runs the work in one durable transaction.
     *
     * @return fails with {@link StoreAwayException} if the same may succeed later; with anything else if it never will. A
     *     failure leaves nothing behind, except that a transaction whose sync failed may be found applied later, whole
     */
    CompletionStage<Void> transact(Consumer<ReplicaTransaction> work);

    /** How far each partition of a region is applied, as last committed. */
    Map<TopicPartition, LogPosition> positions(RegionId origin);
}
