package dev.meridian.streams.kafka;

import dev.meridian.streams.BenchmarkRows;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.DutyRunner;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How fast a publisher moves rows that wait, as after an outage, next to Kafka's own producer with the same settings and
 * the same records, ready made. Rows are in memory; the broker is the embedded one, in this process, for both. Rounds are
 * interleaved: what else the machine does hits both.
 */
public final class PublishBenchmark {
    private static final CallPolicy POLICY = new CallPolicy("benchmark", InstantSource.system());
    private static final int PARTITIONS = 4;
    private static final int ROUNDS = 3;
    private static final double MEGA = 1e6;

    /** Rows of a publisher's batch. */
    private static final int TRANSACTION = 2_000;

    private final KafkaBus bus;
    private final KafkaBus.Config config;
    private final int rows;
    private final int valueChars;

    private record Rate(double recordsPerSecond, double megabytesPerSecond) {
        static Rate of(List<BusRecord> records, long nanos) {
            double seconds = nanos / 1e9;
            long bytes = records.stream().mapToLong(PublishBenchmark::bytes).sum();
            return new Rate(records.size() / seconds, bytes / MEGA / seconds);
        }
    }

    private PublishBenchmark(KafkaBus bus, KafkaBus.Config config, int rows, int valueChars) {
        this.bus = bus;
        this.config = config;
        this.rows = rows;
        this.valueChars = valueChars;
    }

    /** @param arguments rows of a round, and characters of an item's value; 100000 and 400 if left out */
    public static void main(String[] arguments) throws Exception {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int valueChars = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 400;
        Path folder = Files.createTempDirectory("publish-benchmark");
        try (EmbeddedBroker broker =
                new EmbeddedBroker(new EmbeddedBroker.Config("bench", folder.resolve("kafka"), "127.0.0.1", 0))) {
            KafkaBus.Config config = new KafkaBus.Config("bench", broker.bootstrap(), new TreeMap<>());
            try (KafkaBus bus = new KafkaBus(config, POLICY)) {
                new PublishBenchmark(bus, config, rows, valueChars).run();
            }
        } finally {
            delete(folder);
        }
    }

    private void run() throws Exception {
        System.out.printf(
                "%d rows a round, %d processors; megabytes before compression%n",
                rows, Runtime.getRuntime().availableProcessors());
        for (int round = 0; round <= ROUNDS; round++) {
            for (Lane lane : Lane.values()) {
                round(round, lane);
            }
        }
    }

    private void round(int round, Lane lane) throws Exception {
        String table = "t" + round;
        long published = publish(lane, table);
        List<BusRecord> records = read(lane, table);
        long plain = produce(records, "raw-" + lane + round, Fencing.NONE, records.size());
        // A first round warms up.
        if (round > 0) {
            print(round, lane + " publisher", Rate.of(records, published), Rate.of(records, plain));
            print(round, lane + " raw producer", Rate.of(records, plain), Rate.of(records, plain));
            if (lane == Lane.STREAM) {
                long fenced = produce(records, "transactions-" + lane + round, Fencing.FENCED, TRANSACTION);
                print(
                        round,
                        "raw, " + TRANSACTION + " a transaction",
                        Rate.of(records, fenced),
                        Rate.of(records, plain));
            }
        }
    }

    private static void print(int round, String what, Rate rate, Rate raw) {
        System.out.printf(
                "%d  %-24s %9.0f records/s  %7.1f MB/s  %5.2f of the raw producer's%n",
                round,
                what,
                rate.recordsPerSecond(),
                rate.megabytesPerSecond(),
                rate.recordsPerSecond() / raw.recordsPerSecond());
    }

    private static long bytes(BusRecord record) {
        var key = record.key();
        var value = record.value();
        return (key == null ? 0 : key.length()) + (value == null ? 0 : value.length());
    }

    private static List<TopicPartition> partitions(String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new TopicPartition(topic, partition));
        }
        return partitions;
    }

    /** @return nanoseconds from the first turn to the last answer, the topic made before */
    private long publish(Lane lane, String table) {
        BenchmarkRows log = new BenchmarkRows(table, PARTITIONS, valueChars);
        for (int sequence = 1; sequence <= rows; sequence++) {
            log.add(sequence);
        }
        make(TopicNames.of(lane, BenchmarkRows.REGION, table));
        DutyRunner[] runner = new DutyRunner[1];
        Publisher publisher =
                new Publisher(BenchmarkRows.REGION, lane, log, bus, POLICY, InstantSource.system(), () -> {
                    if (runner[0] != null) {
                        runner[0].ring();
                    }
                });
        runner[0] = new DutyRunner("publish-" + lane, publisher, Duration.ofMillis(20), Throwable::printStackTrace);
        long start = System.nanoTime();
        try (publisher;
                DutyRunner running = runner[0].start()) {
            while (publisher.publishedThrough().value() < rows) {
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            return System.nanoTime() - start;
        }
    }

    private void make(String topic) {
        bus.ensureTopic(new TopicSpec(topic, PARTITIONS, Duration.ofHours(1).toMillis(), false))
                .toCompletableFuture()
                .join();
    }

    private List<BusRecord> read(Lane lane, String table) {
        List<BusRecord> records = new ArrayList<>();
        try (BusReader reader = bus.reader(Isolation.COMMITTED)) {
            Map<TopicPartition, Long> from = new TreeMap<>();
            partitions(TopicNames.of(lane, BenchmarkRows.REGION, table)).forEach(at -> from.put(at, 0L));
            reader.follow(from);
            while (records.size() < rows) {
                List<BusRecord> arrived = reader.poll(1_000);
                if (arrived.isEmpty()) {
                    LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
                }
                records.addAll(arrived);
            }
        }
        return records;
    }

    /** @return nanoseconds from the first send to the last answer, the producer open and the topic made before */
    private long produce(List<BusRecord> records, String topic, Fencing fencing, int transaction) {
        make(topic);
        List<ProducerRecord<byte[], byte[]>> ready = records.stream()
                .map(record -> {
                    ProducerRecord<byte[], byte[]> made = KafkaRecords.toKafka(record);
                    return new ProducerRecord<>(
                            topic, made.partition(), made.timestamp(), made.key(), made.value(), made.headers());
                })
                .toList();
        boolean fenced = fencing == Fencing.FENCED;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                KafkaWriter.properties(config, topic, fencing), new ByteArraySerializer(), new ByteArraySerializer())) {
            if (fenced) {
                producer.initTransactions();
            }
            producer.partitionsFor(topic);
            long start = System.nanoTime();
            for (int from = 0; from < ready.size(); from += transaction) {
                if (fenced) {
                    producer.beginTransaction();
                }
                ready.subList(from, Math.min(ready.size(), from + transaction)).forEach(producer::send);
                if (fenced) {
                    producer.commitTransaction();
                }
            }
            producer.flush();
            return System.nanoTime() - start;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
