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
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
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
    private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

    /** A broker answers a fetch within half a second, with nothing if nothing came: this long without a byte is a cut. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(2).toNanos();

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final ArrayDeque<BusRecord> waiting = new ArrayDeque<>();
    private final Map<TopicPartition, Long> wanted = new TreeMap<>();
    private final Map<TopicPartition, Long> toSeek = new HashMap<>();
    private final Map<TopicPartition, Long> lost = new TreeMap<>();
    private final Metric incomingBytes;
    private double heardBytes;
    private long heardNanos;
    private long waitingBytes;
    private boolean changed;
    private volatile Runnable doorbell = () -> {};
    private volatile boolean connected;
    private volatile boolean closing;

    KafkaReader(KafkaBus.Config config, Isolation isolation) {
        consumer = KafkaRecords.consumer(config, "reader", isolation);
        incomingBytes = consumer.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("incoming-byte-total")
                        && metric.metricName().group().equals("consumer-metrics"))
                .findFirst()
                .orElseThrow();
        thread = new Thread(this::run, config.name() + "-reader");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!closing) {
                try {
                    turn();
                } catch (WakeupException askedFor) {
                    // Something to follow, or the end.
                } catch (OffsetOutOfRangeException gone) {
                    noteLost(gone.offsetOutOfRangePartitions());
                } catch (InterruptException end) {
                    return;
                } catch (KafkaException failed) {
                    connected = false;
                    LOG.warn("{}: {}", thread.getName(), failed.getMessage());
                    LockSupport.parkNanos(POLL.toNanos());
                }
            }
        } finally {
            consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ZERO));
        }
    }

    private void turn() {
        takeUpChanges();
        if (consumer.assignment().isEmpty() || isFull()) {
            heardNanos = System.nanoTime();
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        var records = consumer.poll(POLL);
        listen();
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

    private boolean isFull() {
        synchronized (waiting) {
            return waiting.size() >= WAITING_RECORDS_MAX || waitingBytes >= WAITING_BYTES_MAX;
        }
    }

    /** A connection may be cut without a word; what counts is whether bytes still come. */
    private void listen() {
        double bytes = ((Number) incomingBytes.metricValue()).doubleValue();
        if (bytes != heardBytes) {
            heardBytes = bytes;
            heardNanos = System.nanoTime();
            connected = true;
        } else if (System.nanoTime() - heardNanos > SILENCE_NANOS) {
            connected = false;
        }
    }

    private void takeUpChanges() {
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
        consumer.assign(KafkaBus.toKafka(all));
        seeks.forEach((partition, offset) -> consumer.seek(KafkaBus.toKafka(partition), offset));
    }

    private void noteLost(Map<org.apache.kafka.common.TopicPartition, Long> gone) {
        Map<org.apache.kafka.common.TopicPartition, Long> starts = consumer.beginningOffsets(gone.keySet());
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
        consumer.wakeup();
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
        consumer.wakeup();
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
    public void onArrival(Runnable newDoorbell) {
        doorbell = newDoorbell;
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }
}
