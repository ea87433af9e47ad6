package dev.meridian.streams.kafka;

import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Asks the cluster which topics are there, and where partitions begin and end. Does not block. */
interface TopicLook {
    /**
     * @param topics to be identified
     * @param places partitions of these topics of which start and end are wanted
     * @return fails while the cluster is away
     */
    CompletionStage<Seen> look(Collection<String> topics, Collection<TopicPartition> places);

    /**
     * What was found. What is not there is left out.
     *
     * @param partitions how many each topic has
     */
    record Seen(
            Map<String, TopicId> ids,
            Map<String, Integer> partitions,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends) {
        boolean has(TopicPartition at) {
            return at.partition() < partitions.getOrDefault(at.topic(), 0);
        }
    }
}
