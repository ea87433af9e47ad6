package dev.meridian.streams;

import java.util.List;
import java.util.stream.IntStream;

/** One partition of one topic. */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {
    /** @param partitions how many the topic has */
    public static List<TopicPartition> allOf(String topic, int partitions) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    @Override
    public int compareTo(TopicPartition other) {
        int byTopic = topic.compareTo(other.topic);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
