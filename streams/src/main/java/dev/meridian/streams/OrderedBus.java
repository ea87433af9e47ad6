package dev.meridian.streams;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

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

    /**
     * Makes the topic if it is not there. An existing topic is left as it is, but for partitions that it lacks.
     *
     * @return fails with {@link TopicRefusedException} if the bus is there and does not make such a topic
     */
    CompletionStage<Void> ensureTopic(TopicSpec topic);

    /**
     * Sets how long existing topics keep their records.
     *
     * @param millis by topic; -1 for ever
     * @return those of the topics that are there
     */
    CompletionStage<Set<String>> retain(Map<String, Long> millis);

    /** The greatest replication factor that a topic can have. */
    CompletionStage<Integer> replicationFactorMost();

    CompletionStage<Void> deleteTopic(String topic);

    /** The offset behind the last record of each partition; a topic that is not there is left out. */
    CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions);

    /** How many partitions a topic has; 0 if it is not there, as may seem for a moment after it was made. */
    CompletionStage<Integer> partitions(String topic);

    /** The identities of topics; one that is not there is left out. */
    CompletionStage<Map<String, TopicId>> topicIds(Collection<String> topics);

    /**
     * Where each partition's first record of a time or later is, or somewhat before it: records that were published late
     * may come first. Its end if there is none; 0 asks for the oldest record kept. A topic that is not there is left out.
     *
     * @param fromMillis of the records' timestamps, milliseconds since 1970
     */
    CompletionStage<Map<TopicPartition, Long>> since(Collection<TopicPartition> partitions, long fromMillis);

    /**
     * What is at the end of a partition, for a publisher that looks where its predecessor stopped: only records that are
     * there for good count.
     *
     * @return fails with {@link BusUnavailableException} if the topic is not there
     */
    default CompletionStage<Tail> tail(TopicPartition partition) {
        return tail(partition, any -> true);
    }

    /**
     * As {@link #tail(TopicPartition)}; its last record is the last that {@code counts}.
     *
     * @param counts called on a thread of the bus
     */
    CompletionStage<Tail> tail(TopicPartition partition, Predicate<BusRecord> counts);

    /**
     * Where a consumer group goes on in each partition, as {@link #commit} has kept it; a partition without a position is
     * left out.
     */
    CompletionStage<Map<TopicPartition, Long>> committed(String group, Collection<TopicPartition> partitions);

    /**
     * Keeps positions for a group whose members are not known to the bus. They are kept for as long as the bus keeps such
     * things without hearing of them again, a week by Kafka's default.
     *
     * @param offsets of the first record that is not done, for each partition
     */
    CompletionStage<Void> commit(String group, Map<TopicPartition, Long> offsets);

    /** A writer for one lane. It is opened before use. */
    BusWriter writer(String name, Fencing fencing);

    /** A reader, for one thread. */
    BusReader reader(Isolation isolation);

    @Override
    void close();

    /**
     * The end of a partition.
     *
     * @param topic which topic that was
     * @param start the offset of the oldest record kept
     * @param end the offset behind the last
     * @param last the last record, if any is kept
     */
    record Tail(TopicId topic, long start, long end, Optional<BusRecord> last) {}

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
