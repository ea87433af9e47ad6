package dev.meridian.streams;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A port: the ordered, durable log of one region, Kafka in production. Thread-safe. Calls that leave the process
 * return stages that fail with {@link BusUnavailableException} while the bus is away; they do not block.
 */
public interface OrderedBus extends AutoCloseable {
    /**
     * The largest record that every arm takes. The largest legal change is one item of 400 KB for another, each a list of
     * numbers like 1E-130: three bytes an element by DynamoDB's count, and 141 characters in the stream's JSON, 38.5 MB
     * together.
     */
    int RECORD_BYTES_MAX = 40 << 20;

    /** Makes the topic if it is not there. An existing topic is left as it is. */
    CompletionStage<Void> ensureTopic(TopicSpec topic);

    CompletionStage<Void> deleteTopic(String topic);

    /** The offset behind the last record of each partition; a topic that is not there is left out. */
    CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions);

    /**
     * What is at the end of a partition, for a publisher that looks where its predecessor stopped: only records that are
     * there for good count.
     */
    CompletionStage<Tail> tail(TopicPartition partition);

    /** A writer for one lane. It is opened before use. */
    BusWriter writer(String name, Fencing fencing);

    /** A reader, for one thread. */
    BusReader reader(Isolation isolation);

    @Override
    void close();

    /**
     * The end of a partition.
     *
     * @param start the offset of the oldest record kept
     * @param end the offset behind the last
     * @param last the last record, if any is kept
     */
    record Tail(long start, long end, Optional<BusRecord> last) {}

    /** Whether opening a writer shuts out an earlier one of the same name. */
    enum Fencing {
        /** Many batches may be in flight; a dead predecessor's last request may still land afterwards. */
        NONE,
        /** An earlier writer of this name can append nothing any more; each batch is appended as a whole or not at all. */
        FENCED
    }

    /** Which records a reader sees. */
    enum Isolation {
        /** All, as soon as they are appended, also those of a batch that may yet be taken back. */
        UNCOMMITTED,
        /** Only those that are there for good. */
        COMMITTED
    }
}
