package dev.meridian.streams.kafka;

import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Looks at the ends of partitions, one at a time, on a thread of its own. */
final class TailReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Polls without progress before the broker counts as away. */
    private static final int EMPTY_POLLS_MAX = 50;

    /**
     * It jumps from partition to partition and never waits for what is to come: at Kafka's waiting times 160 tails took
     * 79 s, so 2 s.
     */
    private static final Map<String, String> NO_WAITING = Map.of("fetch.max.wait.ms", "1", "retry.backoff.ms", "5");

    private final KafkaBus.Config config;
    private final ExecutorService thread;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean closed;

    TailReader(KafkaBus.Config config) {
        this.config = config;
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, config.name() + "-tail");
            made.setDaemon(true);
            return made;
        });
    }

    /** @param topic which topic that is */
    CompletionStage<Tail> tail(TopicPartition partition, TopicId topic, Predicate<BusRecord> counts) {
        return CompletableFuture.supplyAsync(() -> look(partition, topic, counts), thread);
    }

    private Tail look(TopicPartition partition, TopicId topic, Predicate<BusRecord> counts) {
        KafkaConsumer<byte[], byte[]> reader = consumer;
        if (reader == null) {
            reader = KafkaRecords.consumer(config, "tail", Isolation.COMMITTED, NO_WAITING);
            consumer = reader;
        }
        if (closed) {
            throw new WakeupException();
        }
        org.apache.kafka.common.TopicPartition at = KafkaBus.toKafka(partition);
        reader.assign(List.of(at));
        long start = Objects.requireNonNull(reader.beginningOffsets(List.of(at)).get(at));
        long end = Objects.requireNonNull(reader.endOffsets(List.of(at)).get(at));
        // The last offsets may be transaction markers or taken-back records, which a reader does not see, or do not
        // count.
        for (long window = 2; ; window *= 2) {
            long from = Math.max(start, end - window);
            BusRecord last = lastFrom(reader, at, from, end, counts);
            if (last != null || from == start) {
                return new Tail(topic, start, end, Optional.ofNullable(last));
            }
        }
    }

    private static @Nullable BusRecord lastFrom(
            KafkaConsumer<byte[], byte[]> reader,
            org.apache.kafka.common.TopicPartition at,
            long from,
            long end,
            Predicate<BusRecord> counts) {
        BusRecord last = null;
        reader.seek(at, from);
        int emptyPolls = 0;
        while (reader.position(at) < end) {
            long before = reader.position(at);
            for (var record : reader.poll(POLL)) {
                BusRecord read = KafkaRecords.fromKafka(record);
                last = counts.test(read) ? read : last;
            }
            emptyPolls = reader.position(at) == before ? emptyPolls + 1 : 0;
            if (emptyPolls > EMPTY_POLLS_MAX) {
                throw new TimeoutException("the end of " + at + " cannot be read");
            }
        }
        return last;
    }

    /** A look that waits for a broker waits no longer. */
    @Override
    public void close() {
        closed = true;
        KafkaConsumer<byte[], byte[]> looking = consumer;
        if (looking != null) {
            looking.wakeup();
        }
        thread.execute(() -> {
            KafkaConsumer<byte[], byte[]> open = consumer;
            if (open != null) {
                open.close(CloseOptions.timeout(Duration.ZERO));
            }
        });
        thread.shutdown();
    }
}
