package dev.meridian.streams.kafka;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Records between the bus and Kafka, and the consumers that fetch them. */
final class KafkaRecords {
    /** What one fetch may bring from one partition; a larger record still comes, alone. */
    private static final int PARTITION_FETCH_BYTES = 1 << 20;

    static final int FETCH_BYTES = 8 << 20;

    private KafkaRecords() {}

    static BusRecord fromKafka(ConsumerRecord<byte[], byte[]> record) {
        TreeMap<String, String> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            byte[] text = header.value();
            headers.put(header.key(), text == null ? "" : new String(text, StandardCharsets.UTF_8));
        }
        return new BusRecord(
                new TopicPartition(record.topic(), record.partition()),
                record.offset(),
                record.timestamp(),
                wrap(record.key()),
                wrap(record.value()),
                headers);
    }

    private static @Nullable Bytes wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : Bytes.wrap(bytes);
    }

    @SuppressWarnings("NullAway") // Kafka takes null keys and values
    static ProducerRecord<byte[], byte[]> toKafka(BusRecord record) {
        Bytes key = record.key();
        Bytes value = record.value();
        ProducerRecord<byte[], byte[]> out = new ProducerRecord<>(
                record.at().topic(),
                record.at().partition(),
                record.timestampMillis(),
                key == null ? null : key.toArray(),
                value == null ? null : value.toArray());
        record.headers().forEach((name, text) -> out.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return out;
    }

    static KafkaConsumer<byte[], byte[]> consumer(KafkaBus.Config config, String role, Isolation isolation) {
        return consumer(config, role, isolation, Map.of());
    }

    /**
     * @param own properties of this consumer, above the common ones
     * @throws org.apache.kafka.common.errors.TimeoutException if no broker's name has an address now
     */
    static KafkaConsumer<byte[], byte[]> consumer(
            KafkaBus.Config config, String role, Isolation isolation, Map<String, String> own) {
        Map<String, Object> properties = config.client(role);
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "none");
        properties.put("allow.auto.create.topics", "false");
        properties.put("isolation.level", isolation == Isolation.COMMITTED ? "read_committed" : "read_uncommitted");
        properties.put("max.partition.fetch.bytes", String.valueOf(PARTITION_FETCH_BYTES));
        properties.put("fetch.max.bytes", String.valueOf(FETCH_BYTES));
        properties.put("max.poll.records", "2000");
        // A topic that is not there yet is looked for this often.
        properties.put("retry.backoff.ms", "50");
        properties.put("retry.backoff.max.ms", "300");
        properties.put("request.timeout.ms", "10000");
        properties.put("default.api.timeout.ms", "10000");
        properties.putAll(own);
        return BrokerNames.require(
                config.bootstrap(),
                () -> ClientFrames.bound(
                        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())));
    }
}
