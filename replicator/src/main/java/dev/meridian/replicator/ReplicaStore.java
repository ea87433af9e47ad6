package dev.meridian.replicator;

import dev.meridian.model.RegionId;
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
     *     failure leaves nothing behind
     */
    CompletionStage<Void> transact(Consumer<ReplicaTransaction> work);

    /** The next offset of each partition of a region, as last committed. */
    Map<TopicPartition, Long> positions(RegionId origin);
}
