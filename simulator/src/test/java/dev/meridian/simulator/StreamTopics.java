package dev.meridian.simulator;

import dev.meridian.model.RegionId;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Stream topics as anybody's Kafka consumer sees them. */
final class StreamTopics {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private StreamTopics() {}

    /** All records from the beginning, until they are enough. */
    static List<ConsumerRecord<byte[], byte[]>> read(
            String bootstrap, String region, String table, Predicate<List<ConsumerRecord<byte[], byte[]>>> enough) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", bootstrap,
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest");
        String topic = TopicNames.of(Lane.STREAM, new RegionId(region), table);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            Cluster.await("topic " + topic, () -> consumer.listTopics().containsKey(topic));
            List<TopicPartition> partitions = IntStream.range(
                            0, consumer.partitionsFor(topic).size())
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(partitions);
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (!enough.test(records)) {
                if (System.nanoTime() > until) {
                    throw new AssertionError("not within " + PATIENCE + ": enough of " + topic + "; there are "
                            + records.size() + " records");
                }
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }
}
