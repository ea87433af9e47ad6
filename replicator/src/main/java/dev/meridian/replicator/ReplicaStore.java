package dev.meridian.replicator;

import dev.meridian.model.RegionId;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A port: where remote changes are applied. */
public interface ReplicaStore {
    /** Runs the work in one durable transaction; it must not throw after its first edit. */
    CompletionStage<Void> transact(Consumer<ReplicaTransaction> work);

    /** The next offset of each partition of a region, as last committed. */
    Map<TopicPartition, Long> positions(RegionId origin);
}
