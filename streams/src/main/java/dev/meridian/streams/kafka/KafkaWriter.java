package dev.meridian.streams.kafka;

import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.WriterFencedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka producer with a thread of its own, because sending blocks while metadata is missing and committing blocks
 * always. A batch never expires: it would leave a hole that later batches close over. A record that is refused for good
 * would leave one too, for Kafka's producer gives the batches behind it new numbers and sends them; so one request is
 * under way at a time, and the first refusal ends the producer before it can send the next.
 */
final class KafkaWriter implements BusWriter {
    /** Batches handed to the producer and not yet answered; it gathers those that wait into one request. */
    private static final int IN_FLIGHT = 4;

    /** One transaction is committed while the next is made ready. */
    private static final int TRANSACTIONS_IN_FLIGHT = 2;

    /** Batches of 128 KB publish three times as fast as Kafka's default of 16 KB. */
    private static final int BATCH_BYTES = 128 << 10;

    /** A cap and no allocation: the producer takes what waits to be sent. Room for the largest record and the next. */
    private static final int BUFFER_BYTES = 2 * OrderedBus.RECORD_BYTES_MAX;

    /** A broker that is there answers in milliseconds. */
    private static final long UNANSWERED_NANOS = Duration.ofSeconds(5).toNanos();

    private final KafkaBus.Config config;
    private final String name;
    private final Fencing fencing;
    private final ExecutorService thread;
    private @Nullable KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> refusal = new AtomicReference<>();
    private final Map<CompletableFuture<List<Long>>, Waiting> waiting = new ConcurrentHashMap<>();
    private final Set<String> missing = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    KafkaWriter(KafkaBus.Config config, String name, Fencing fencing) {
        this.config = config;
        this.name = name;
        this.fencing = fencing;
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, config.name() + "-" + name);
            made.setDaemon(true);
            return made;
        });
    }

    /** An append that is not answered yet. */
    private record Waiting(Set<String> topics, long sinceNanos) {}

    boolean isClosed() {
        return closed;
    }

    /** The topics of appends that have not been answered for long. */
    Set<String> unanswered() {
        Set<String> topics = new TreeSet<>();
        long now = System.nanoTime();
        waiting.values().stream()
                .filter(each -> now - each.sinceNanos > UNANSWERED_NANOS)
                .forEach(each -> topics.addAll(each.topics));
        return topics;
    }

    /**
     * Kafka's producer waits for a topic that is not there for as long as it lives. One that has gone does not come back
     * by itself: whoever appends must make it again. A topic that was made a moment ago may not be seen yet, so that it
     * must be missing twice.
     *
     * @param there those of {@link #unanswered} that there are
     */
    void found(Set<String> there) {
        Set<String> gone = unanswered();
        gone.removeAll(there);
        missing.retainAll(gone);
        for (String topic : gone) {
            if (!missing.add(topic)) {
                fail(new KafkaException("topic " + topic + " is not there any more"));
                return;
            }
        }
    }

    private void fail(KafkaException why) {
        refusal.compareAndSet(null, why);
        close();
        waiting.keySet().forEach(stage -> stage.completeExceptionally(translate(why)));
    }

    private KafkaProducer<byte[], byte[]> make() {
        // A producer connects as soon as it is made, before its frames are bounded.
        new BrokerHandshake(config).require();
        return BrokerNames.require(
                config.bootstrap(),
                () -> ClientFrames.bound(new KafkaProducer<>(
                        properties(config, name, fencing), new ByteArraySerializer(), new ByteArraySerializer())));
    }

    static Map<String, Object> properties(KafkaBus.Config config, String name, Fencing fencing) {
        Map<String, Object> properties = config.client(name);
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("linger.ms", "0");
        properties.put("batch.size", String.valueOf(BATCH_BYTES));
        properties.put("buffer.memory", String.valueOf(BUFFER_BYTES));
        properties.put("max.request.size", String.valueOf(OrderedBus.RECORD_BYTES_MAX));
        properties.put("compression.type", "lz4");
        properties.put("request.timeout.ms", "10000");
        properties.put("delivery.timeout.ms", String.valueOf(Integer.MAX_VALUE));
        properties.put("max.block.ms", String.valueOf(Integer.MAX_VALUE));
        properties.put("retry.backoff.ms", "20");
        properties.put("retry.backoff.max.ms", "500");
        if (fencing == Fencing.FENCED) {
            properties.put("transactional.id", "meridian." + name);
        } else {
            properties.put("max.in.flight.requests.per.connection", "1");
        }
        return properties;
    }

    private <T> CompletionStage<T> onThread(java.util.function.Consumer<CompletableFuture<T>> work) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                try {
                    work.accept(stage);
                } catch (RuntimeException failed) {
                    stage.completeExceptionally(translate(failed));
                }
            });
        } catch (RejectedExecutionException afterClose) {
            stage.completeExceptionally(new BusUnavailableException(name + " is closed", afterClose));
        }
        return stage;
    }

    @Override
    @SuppressWarnings("NullAway") // a stage without a value
    public CompletionStage<Void> open() {
        return onThread(stage -> {
            KafkaProducer<byte[], byte[]> made = make();
            if (!adopt(made)) {
                made.close(Duration.ZERO);
                throw new IllegalStateException(name + " is closed");
            }
            if (fencing == Fencing.FENCED) {
                made.initTransactions();
            }
            stage.complete(null);
        });
    }

    /** @return false if this was closed while the producer was made: nobody else would close it */
    private synchronized boolean adopt(KafkaProducer<byte[], byte[]> made) {
        if (!closed) {
            producer = made;
        }
        return !closed;
    }

    private synchronized @Nullable KafkaProducer<byte[], byte[]> release() {
        closed = true;
        return producer;
    }

    @Override
    public int maxInFlight() {
        return fencing == Fencing.FENCED ? TRANSACTIONS_IN_FLIGHT : IN_FLIGHT;
    }

    /**
     * Kafka's coordinator aborts what a killed producer had under way, but after a kill of broker and producer together
     * records of such a transaction were found that it did not know of; the successor's next commit, under the same
     * producer id, brought them to light (KillTest). An aborted transaction in the partition covers them too.
     */
    @Override
    @SuppressWarnings("NullAway") // a stage without a value
    public CompletionStage<Void> settle(TopicPartition partition) {
        return onThread(stage -> {
            KafkaProducer<byte[], byte[]> open = producer;
            if (open == null || closed || fencing != Fencing.FENCED) {
                throw new IllegalStateException(name + " is not open and fenced");
            }
            open.beginTransaction();
            CompletableFuture<List<Long>> sent =
                    sendAll(open, List.of(BusRecord.outgoing(partition, 0, null, null, new TreeMap<>())));
            open.flush();
            sent.join();
            open.abortTransaction();
            stage.complete(null);
        });
    }

    @Override
    public CompletionStage<List<Long>> append(List<BusRecord> records) {
        Set<String> topics = new TreeSet<>();
        records.forEach(record -> topics.add(record.at().topic()));
        CompletableFuture<List<Long>> answer = appended(records).toCompletableFuture();
        waiting.put(answer, new Waiting(topics, System.nanoTime()));
        answer.whenComplete((unused, failure) -> waiting.remove(answer));
        return answer;
    }

    private CompletionStage<List<Long>> appended(List<BusRecord> records) {
        return onThread(stage -> {
            KafkaProducer<byte[], byte[]> open = producer;
            if (open == null || closed) {
                throw new IllegalStateException(name + " is not open");
            }
            if (fencing == Fencing.FENCED) {
                stage.complete(inTransaction(open, records));
            } else {
                sendAll(open, records).whenComplete((offsets, failure) -> {
                    if (failure == null) {
                        stage.complete(offsets);
                    } else {
                        stage.completeExceptionally(translate(failure));
                    }
                });
            }
        });
    }

    private List<Long> inTransaction(KafkaProducer<byte[], byte[]> open, List<BusRecord> records) {
        Exception first = refusal.get();
        if (first != null) {
            throw new IllegalStateException("a transaction before has failed", first);
        }
        try {
            open.beginTransaction();
            CompletableFuture<List<Long>> sent = sendAll(open, records);
            open.commitTransaction();
            return sent.join();
        } catch (RuntimeException failed) {
            // What is queued behind it must not be appended over the hole.
            refusal.compareAndSet(null, failed);
            throw failed;
        }
    }

    private CompletableFuture<List<Long>> sendAll(KafkaProducer<byte[], byte[]> open, List<BusRecord> records) {
        if (records.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        CompletableFuture<List<Long>> done = new CompletableFuture<>();
        Long[] offsets = new Long[records.size()];
        AtomicInteger left = new AtomicInteger(offsets.length);
        for (int i = 0; i < offsets.length; i++) {
            int place = i;
            open.send(
                    KafkaRecords.toKafka(records.get(i)),
                    (@Nullable RecordMetadata at, @Nullable Exception failure) -> {
                        if (failure != null) {
                            endWithFirst(failure, open);
                            done.completeExceptionally(failure);
                        } else if (at != null) {
                            offsets[place] = at.offset();
                            if (left.decrementAndGet() == 0) {
                                done.complete(List.of(offsets));
                            }
                        }
                    });
        }
        return done;
    }

    /** Called by the producer with a record's failure; once it returns, the producer sends nothing more. */
    private void endWithFirst(Exception failure, KafkaProducer<byte[], byte[]> open) {
        if (fencing == Fencing.NONE && refusal.compareAndSet(null, failure)) {
            open.close(Duration.ZERO);
        }
    }

    private RuntimeException translate(Throwable failure) {
        Exception first = refusal.get();
        Throwable cause = first != null ? first : failure;
        if (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof ProducerFencedException || at instanceof InvalidProducerEpochException) {
                return new WriterFencedException(name + " has a successor, or its transaction timed out", cause);
            }
        }
        if (cause instanceof KafkaException || cause instanceof IllegalStateException) {
            return new BusUnavailableException(name + ": " + cause.getMessage(), cause);
        }
        return new IllegalStateException(name + " failed", cause);
    }

    @Override
    public void close() {
        KafkaProducer<byte[], byte[]> open = release();
        thread.shutdownNow();
        if (open != null) {
            open.close(Duration.ZERO);
        }
    }
}
