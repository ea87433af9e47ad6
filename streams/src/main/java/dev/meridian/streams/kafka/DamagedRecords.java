package dev.meridian.streams.kafka;

import dev.meridian.streams.TopicPartition;
import java.util.Collection;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer throws when the log that it reads is damaged: a batch whose checksum is wrong, or bytes that are no batch.
 * Kafka tells it, and the partition, by the message only.
 */
final class DamagedRecords {
    /** Of a batch that has come. */
    private static final String BATCH = "Received exception when fetching the next record";

    /** Of a fetch that the broker refuses for what it finds in its log. */
    private static final String FETCH = "Encountered corrupt message";

    private DamagedRecords() {}

    /** The partition whose records are damaged; null if the failure is another. */
    static @Nullable TopicPartition partition(
            KafkaException failure, Collection<org.apache.kafka.common.TopicPartition> assigned) {
        String message = String.valueOf(failure.getMessage());
        if (!message.startsWith(BATCH) && !message.startsWith(FETCH)) {
            return null;
        }
        org.apache.kafka.common.TopicPartition found = null;
        for (org.apache.kafka.common.TopicPartition each : assigned) {
            boolean isNamed = message.contains(" " + each + ".") || message.endsWith(" " + each);
            if (isNamed
                    && (found == null
                            || each.toString().length() > found.toString().length())) {
                found = each;
            }
        }
        return found == null ? null : KafkaBus.fromKafka(found);
    }

    static String reason(KafkaException failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return "the topic's log is damaged: " + cause.getMessage();
    }
}
