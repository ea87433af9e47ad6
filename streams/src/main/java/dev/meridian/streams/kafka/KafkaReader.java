package dev.meridian.streams.kafka;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka consumer with a thread that polls it and hands records over. What is to be followed is said by other threads
 * and taken up between two polls.
 */
final class KafkaReader implements BusReader {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaReader.class);

    private static final Duration POLL = Duration.ofMillis(200);

    /** Handed over and not yet taken: beyond either limit the thread waits. */
    private static final int WAITING_RECORDS_MAX = 10_000;

    private static final long WAITING_BYTES_MAX = 16L << 20;
    /** Between two questions for brokers' names that have no address. */
    private static final long UNKNOWN_NANOS = Duration.ofSeconds(1).toNanos();

    private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

    /** A broker answers a fetch within half a second, with nothing if nothing came: this long without a byte is a cut. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(2).toNanos();

    private final Supplier<KafkaConsumer<byte[], byte[]>> maker;
    private final Thread thread;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private final ArrayDeque<BusRecord> waiting = new ArrayDeque<>();
    private final Map<TopicPartition, Long> wanted = new TreeMap<>();
    private final Map<TopicPartition, Long> toSeek = new HashMap<>();
    private final Map<TopicPartition, Long> lost = new TreeMap<>();
    private double heardBytes;
    private long heardNanos;
    private long waitingBytes;
    private boolean changed;
    private volatile Runnable doorbell = () -> {};
    private volatile boolean connected;
    private volatile boolean suspended;
    private volatile boolean closing;

    KafkaReader(KafkaBus.Config config, Isolation isolation) {
        maker = () -> KafkaRecords.consumer(config, "reader", isolation);
        thread = new Thread(this::run, config.name() + "-reader");
        make();
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        while (open == null) {
            if (closing) {
                return;
            }
            LockSupport.parkNanos(UNKNOWN_NANOS);
            open = make();
        }
        Metric incomingBytes = open.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("incoming-byte-total")
                        && metric.metricName().group().equals("consumer-metrics"))
                .findFirst()
                .orElseThrow();
        try {
            while (!closing) {
                try {
                    turn(open, incomingBytes);
                } catch (WakeupException askedFor) {
                    // Something to follow, or the end.
                } catch (InterruptException end) {
                    return;
                } catch (KafkaException failed) {
                    LOG.warn("{}: {}", thread.getName(), failed.getMessage());
                    suspend();
                }
            }
        } finally {
            open.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ZERO));
        }
    }

    private @Nullable KafkaConsumer<byte[], byte[]> make() {
        try {
            consumer = maker.get();
        } catch (TimeoutException unknown) {
            LOG.warn("{}: {}", thread.getName(), unknown.getMessage());
        }
        return consumer;
    }

    private void turn(KafkaConsumer<byte[], byte[]> open, Metric incomingBytes) {
        if (suspended) {
            heardNanos = System.nanoTime();
            LockSupport.parkNanos(POLL.toNanos());
            return;
        }
        takeUpChanges(open);
        if (open.assignment().isEmpty() || isFull()) {
            heardNanos = System.nanoTime();
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        ConsumerRecords<byte[], byte[]> records = poll(open);
        listen(incomingBytes);
        if (records.isEmpty()) {
            return;
        }
        synchronized (waiting) {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                BusRecord taken = KafkaRecords.fromKafka(record);
                if (wanted.containsKey(taken.at()) && !toSeek.containsKey(taken.at())) {
                    waiting.add(taken);
                    waitingBytes += size(taken);
                }
            }
        }
        doorbell.run();
    }

    private ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> open) {
        try {
            return open.poll(POLL);
        } catch (OffsetOutOfRangeException gone) {
            noteLost(open, gone.offsetOutOfRangePartitions());
            return ConsumerRecords.empty();
        }
    }

    private boolean isFull() {
        synchronized (waiting) {
            return waiting.size() >= WAITING_RECORDS_MAX || waitingBytes >= WAITING_BYTES_MAX;
        }
    }

    /** A connection may be cut without a word; what counts is whether bytes still come. */
    private void listen(Metric incomingBytes) {
        double bytes = ((Number) incomingBytes.metricValue()).doubleValue();
        if (bytes != heardBytes) {
            heardBytes = bytes;
            heardNanos = System.nanoTime();
            connected = true;
        } else if (System.nanoTime() - heardNanos > SILENCE_NANOS) {
            connected = false;
        }
    }

    private void takeUpChanges(KafkaConsumer<byte[], byte[]> open) {
        Map<TopicPartition, Long> seeks;
        Collection<TopicPartition> all;
        synchronized (waiting) {
            if (!changed) {
                return;
            }
            changed = false;
            seeks = new HashMap<>(toSeek);
            toSeek.clear();
            all = new ArrayList<>(wanted.keySet());
            all.removeAll(lost.keySet());
        }
        open.assign(KafkaBus.toKafka(all));
        seeks.forEach((partition, offset) -> open.seek(KafkaBus.toKafka(partition), offset));
    }

    private void noteLost(KafkaConsumer<byte[], byte[]> open, Map<org.apache.kafka.common.TopicPartition, Long> gone) {
        Map<org.apache.kafka.common.TopicPartition, Long> starts = open.beginningOffsets(gone.keySet());
        synchronized (waiting) {
            starts.forEach((partition, start) -> lost.put(KafkaBus.fromKafka(partition), start));
            changed = true;
        }
        doorbell.run();
    }

    @Override
    public void follow(Map<TopicPartition, Long> fromOffsets) {
        synchronized (waiting) {
            fromOffsets.forEach((partition, offset) -> {
                wanted.put(partition, offset);
                toSeek.put(partition, offset);
                lost.remove(partition);
            });
            waiting.removeIf(record -> fromOffsets.containsKey(record.at()));
            changed = true;
        }
        wake();
    }

    @Override
    public void unfollow(Set<TopicPartition> partitions) {
        synchronized (waiting) {
            wanted.keySet().removeAll(partitions);
            toSeek.keySet().removeAll(partitions);
            lost.keySet().removeAll(partitions);
            waiting.removeIf(record -> partitions.contains(record.at()));
            changed = true;
        }
        wake();
    }

    @Override
    public Set<TopicPartition> followed() {
        synchronized (waiting) {
            return new TreeSet<>(wanted.keySet());
        }
    }

    @Override
    public List<BusRecord> poll(int maxRecords) {
        synchronized (waiting) {
            List<BusRecord> taken = new ArrayList<>(Math.min(maxRecords, waiting.size()));
            while (taken.size() < maxRecords && !waiting.isEmpty()) {
                BusRecord record = Objects.requireNonNull(waiting.poll());
                waitingBytes -= size(record);
                taken.add(record);
            }
            if (waiting.isEmpty()) {
                waitingBytes = 0;
            }
            return taken;
        }
    }

    private static long size(BusRecord record) {
        return record.value() == null ? 0 : record.value().length();
    }

    @Override
    public Map<TopicPartition, Long> lost() {
        synchronized (waiting) {
            return new TreeMap<>(lost);
        }
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public void suspend() {
        suspended = true;
        connected = false;
    }

    @Override
    public void resume() {
        if (suspended) {
            suspended = false;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void onArrival(Runnable newDoorbell) {
        doorbell = newDoorbell;
    }

    private void wake() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        if (open != null) {
            open.wakeup();
        } else {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void close() {
        closing = true;
        wake();
        try {
            thread.join();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }
}
