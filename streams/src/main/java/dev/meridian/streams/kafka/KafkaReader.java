package dev.meridian.streams.kafka;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicId;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
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

    /**
     * How often the topics' identities are compared. Kafka's consumer itself reads on in a topic that has replaced another,
     * at the old offset.
     */
    private static final long COMPARE_NANOS = Duration.ofSeconds(2).toNanos();

    /** How often topics that are not there, or about which there are doubts, are looked at. */
    private static final long ASK_AGAIN_NANOS = Duration.ofMillis(200).toNanos();

    private static final double NOT_VERIFIED = -1;

    private static final TopicLook.Seen NOTHING = new TopicLook.Seen(Map.of(), Map.of(), Map.of(), Map.of());

    private final Supplier<KafkaConsumer<byte[], byte[]>> maker;
    private final Thread thread;
    private final Runnable onSilence;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private final ArrayDeque<BusRecord> waiting = new ArrayDeque<>();
    private final SortedMap<TopicPartition, FollowedPartition> partitions = new TreeMap<>();
    private final TopicLook topics;

    /** Topics as they were when all were last looked at. */
    private TopicLook.Seen lastSeen = NOTHING;

    /** Counts what makes all earlier looks worthless. */
    private int doubts;

    /** How many connections had been closed when the last look at all topics began; -1 if it must be made anew. */
    private volatile double verifiedCloses = NOT_VERIFIED;

    private boolean looking;
    private long lookedNanos;
    private long lookedAtAllNanos;
    private boolean mustLook;

    /** Fetched by a connection that is younger than the last look at the topics; only for the thread. */
    private ConsumerRecords<byte[], byte[]> held = ConsumerRecords.empty();

    private double heardBytes;
    private volatile long heardNanos;
    private long waitingBytes;
    private boolean changed;
    private volatile Runnable doorbell = () -> {};
    private volatile boolean connected;
    private volatile boolean suspended;
    private volatile boolean closing;

    /** @param onSilence told while the cluster is asked and does not answer */
    KafkaReader(KafkaBus.Config config, Isolation isolation, TopicLook topics, Runnable onSilence) {
        this.topics = topics;
        this.onSilence = onSilence;
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
        Metric incomingBytes = metric(open, "incoming-byte-total");
        Metric closes = metric(open, "connection-close-total");
        try {
            while (!closing) {
                try {
                    turn(open, incomingBytes, closes);
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

    private static Metric metric(KafkaConsumer<byte[], byte[]> open, String name) {
        return open.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals(name)
                        && metric.metricName().group().equals("consumer-metrics"))
                .findFirst()
                .orElseThrow();
    }

    private static double value(Metric metric) {
        return ((Number) metric.metricValue()).doubleValue();
    }

    private void turn(KafkaConsumer<byte[], byte[]> open, Metric incomingBytes, Metric closes) {
        if (suspended) {
            heardNanos = System.nanoTime();
            LockSupport.parkNanos(POLL.toNanos());
            return;
        }
        lookAtTopics(value(closes));
        if (!held.isEmpty() && value(closes) != verifiedCloses) {
            rest();
            return;
        }
        handOver(held);
        held = ConsumerRecords.empty();
        takeUpChanges(open);
        if (open.assignment().isEmpty()) {
            rest();
            return;
        }
        if (isFull()) {
            heardNanos = System.nanoTime();
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        ConsumerRecords<byte[], byte[]> records = poll(open);
        listen(incomingBytes);
        if (value(closes) == verifiedCloses) {
            handOver(records);
        } else {
            // The broker behind the new connection may have begun with an empty disk.
            held = records;
        }
    }

    /** Nothing is asked of the consumer until the topics are known. */
    private void rest() {
        synchronized (waiting) {
            if (partitions.values().stream().allMatch(FollowedPartition::isStopped)) {
                heardNanos = System.nanoTime();
            }
        }
        noteSilence();
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void handOver(ConsumerRecords<byte[], byte[]> records) {
        if (records.isEmpty()) {
            return;
        }
        synchronized (waiting) {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                BusRecord taken = KafkaRecords.fromKafka(record);
                FollowedPartition partition = partitions.get(taken.at());
                if (partition != null && partition.takes()) {
                    partition.taken(taken.offset());
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
        } catch (LogTruncationException cut) {
            Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> divergent = cut.divergentOffsets();
            doubt(cut, (at, partition, position) -> {
                OffsetAndMetadata divergence = divergent.get(at);
                partition.truncated(position, divergence == null ? -1 : divergence.offset());
            });
        } catch (OffsetOutOfRangeException gone) {
            doubt(gone, (at, partition, position) -> partition.outOfRange(position));
        } catch (KafkaException failed) {
            TopicPartition at = DamagedRecords.partition(failed, open.assignment());
            if (at == null) {
                throw failed;
            }
            noteDamage(at, DamagedRecords.reason(failed));
        }
        return ConsumerRecords.empty();
    }

    private void noteDamage(TopicPartition at, String reason) {
        synchronized (waiting) {
            FollowedPartition partition = partitions.get(at);
            if (partition != null) {
                partition.damaged(reason);
                LOG.warn("{}: {} is damaged: {}", thread.getName(), at, reason);
            }
            changed = true;
        }
        doorbell.run();
    }

    private interface Doubt {
        void of(org.apache.kafka.common.TopicPartition at, FollowedPartition partition, long position);
    }

    /** The partitions are not read until their topics have been looked at. */
    private void doubt(OffsetOutOfRangeException refused, Doubt doubt) {
        synchronized (waiting) {
            refused.offsetOutOfRangePartitions().forEach((at, position) -> {
                FollowedPartition partition = partitions.get(KafkaBus.fromKafka(at));
                if (partition != null) {
                    doubt.of(at, partition, position);
                }
            });
            changed = true;
            mustLook = true;
        }
    }

    /** Begins to look at the topics if it is time. */
    private void lookAtTopics(double closes) {
        Set<String> names = new TreeSet<>();
        List<TopicPartition> doubted = new ArrayList<>();
        boolean all;
        int doubtsBefore;
        synchronized (waiting) {
            long sinceNanos = System.nanoTime() - lookedNanos;
            if (looking || partitions.isEmpty() || (!mustLook && sinceNanos < ASK_AGAIN_NANOS)) {
                return;
            }
            all = verifiedCloses != closes || System.nanoTime() - lookedAtAllNanos >= COMPARE_NANOS;
            partitions.forEach((at, partition) -> {
                if (partition.isAskedFor() || (all && !partition.isStopped())) {
                    names.add(at.topic());
                }
                if (partition.isDoubted()) {
                    doubted.add(at);
                }
            });
            mustLook = false;
            if (names.isEmpty()) {
                return;
            }
            looking = true;
            doubtsBefore = doubts;
        }
        topics.look(names, doubted).whenComplete((seen, failure) -> {
            boolean differs = false;
            synchronized (waiting) {
                looking = false;
                lookedNanos = System.nanoTime();
                if (failure == null) {
                    if (all) {
                        lastSeen = seen;
                        lookedAtAllNanos = lookedNanos;
                        verifiedCloses = doubts == doubtsBefore ? closes : NOT_VERIFIED;
                    }
                    differs = takeUp(names, seen);
                    changed |= differs;
                }
            }
            if (differs) {
                wake();
                doorbell.run();
            }
        });
    }

    /** The answer to a look. */
    private boolean takeUp(Set<String> names, TopicLook.Seen seen) {
        boolean differs = false;
        boolean isAnyRead = false;
        for (Map.Entry<TopicPartition, FollowedPartition> followed : partitions.entrySet()) {
            TopicPartition at = followed.getKey();
            FollowedPartition partition = followed.getValue();
            isAnyRead |= partition.isRead();
            if (names.contains(at.topic())) {
                differs |= judge(at, partition, seen);
            }
        }
        if (!isAnyRead && !suspended) {
            heardNanos = lookedNanos;
            connected = true;
        }
        return differs;
    }

    private boolean judge(TopicPartition at, FollowedPartition partition, TopicLook.Seen seen) {
        TopicId now = seen.ids().get(at.topic());
        boolean isThere = seen.has(at) || (now != null && partition.isOther(now));
        boolean differs = partition.judge(
                isThere ? now : null, seen.starts().get(at), seen.ends().get(at), lookedNanos);
        Lost lost = partition.lost();
        if (differs && lost != null) {
            LOG.warn("{}: {} cannot be read on: {}", thread.getName(), at, lost);
            if (lost.reason() != Reason.EXPIRED) {
                discard(at);
                lastSeen = NOTHING;
            }
        }
        return differs;
    }

    /** What has arrived of a partition. */
    private void discard(TopicPartition at) {
        waiting.removeIf(record -> {
            boolean is = record.at().equals(at);
            waitingBytes -= is ? size(record) : 0;
            return is;
        });
    }

    private boolean isFull() {
        synchronized (waiting) {
            return waiting.size() >= WAITING_RECORDS_MAX || waitingBytes >= WAITING_BYTES_MAX;
        }
    }

    /** A connection may be cut without a word; what counts is whether bytes still come. */
    private void listen(Metric incomingBytes) {
        double bytes = value(incomingBytes);
        if (bytes != heardBytes) {
            heardBytes = bytes;
            heardNanos = System.nanoTime();
            connected = true;
        } else {
            noteSilence();
        }
    }

    private void noteSilence() {
        if (System.nanoTime() - heardNanos > SILENCE_NANOS) {
            connected = false;
            onSilence.run();
        }
    }

    private void takeUpChanges(KafkaConsumer<byte[], byte[]> open) {
        Map<TopicPartition, Long> seeks = new HashMap<>();
        Collection<TopicPartition> all = new ArrayList<>();
        synchronized (waiting) {
            if (!changed) {
                return;
            }
            changed = false;
            partitions.forEach((at, partition) -> {
                if (partition.isRead()) {
                    all.add(at);
                    long seek = partition.seek();
                    if (seek >= 0) {
                        seeks.put(at, seek);
                    }
                }
            });
        }
        open.assign(KafkaBus.toKafka(all));
        seeks.forEach((partition, offset) -> open.seek(KafkaBus.toKafka(partition), offset));
    }

    @Override
    public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {
        synchronized (waiting) {
            FollowedPartition partition = new FollowedPartition(from, reaches, of);
            partitions.put(at, partition);
            discard(at);
            changed = true;
            if (verifiedCloses != NOT_VERIFIED && lastSeen.has(at)) {
                judge(at, partition, lastSeen);
            }
            mustLook |= partition.isAskedFor();
        }
        wake();
    }

    @Override
    public void unfollow(Set<TopicPartition> gone) {
        synchronized (waiting) {
            partitions.keySet().removeAll(gone);
            gone.forEach(this::discard);
            changed = true;
        }
        wake();
    }

    @Override
    public Set<TopicPartition> followed() {
        synchronized (waiting) {
            return new TreeSet<>(partitions.keySet());
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
    public @Nullable TopicId topicId(TopicPartition at) {
        synchronized (waiting) {
            FollowedPartition partition = partitions.get(at);
            return partition == null ? null : partition.known();
        }
    }

    @Override
    public Map<TopicPartition, Lost> lost() {
        synchronized (waiting) {
            Map<TopicPartition, Lost> lost = new TreeMap<>();
            partitions.forEach((at, partition) -> {
                Lost what = partition.lost();
                if (what != null) {
                    lost.put(at, what);
                }
            });
            return lost;
        }
    }

    @Override
    public Map<TopicPartition, Damage> damaged() {
        synchronized (waiting) {
            Map<TopicPartition, Damage> damaged = new TreeMap<>();
            partitions.forEach((at, partition) -> {
                Damage what = partition.damage();
                // What lies before it comes first.
                if (what != null
                        && waiting.stream().noneMatch(record -> record.at().equals(at))) {
                    damaged.put(at, what);
                }
            });
            return damaged;
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
            synchronized (waiting) {
                verifiedCloses = NOT_VERIFIED;
                doubts++;
                mustLook = true;
            }
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
