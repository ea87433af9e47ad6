package dev.meridian.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.audit.SettledTail;
import dev.meridian.streams.embedded.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker refuses for good: nothing may close over the hole. */
class KafkaWriterTest {
    private static final int TOPIC_LIMIT_BYTES = 200_000;

    /** Above what one producer batch holds, so that it travels alone. */
    private static final int TOO_LARGE_BYTES = 300_000;

    @TempDir
    static Path folder;

    private static EmbeddedBroker broker;
    private static KafkaBus.Config config;
    private static KafkaBus bus;

    @BeforeAll
    static void start() {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("writer", folder.resolve("kafka"), "127.0.0.1", 0));
        config = new KafkaBus.Config("writer", broker.bootstrap(), new TreeMap<>());
        bus = new KafkaBus(config);
    }

    @AfterAll
    static void end() {
        bus.close();
        broker.close();
    }

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static BusRecord record(TopicPartition at, long number, int bytes) {
        byte[] value = new byte[bytes];
        new Random(number).nextBytes(value);
        return BusRecord.outgoing(
                at, number, null, Bytes.wrap(value), new TreeMap<>(Map.of("n", String.valueOf(number))));
    }

    /** A region may end while it opens its writers. */
    @Test
    void aWriterThatIsClosedWhileItOpensLeavesNoProducerBehind() throws Exception {
        for (int i = 0; i < 20; i++) {
            BusWriter writer = bus.writer("hasty", Fencing.NONE);
            writer.open();
            Thread.sleep(i);
            writer.close();
        }
        awaitNoThread("hasty");
    }

    static void awaitNoThread(String of) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (isThreadLeft(of) && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        assertThat(isThreadLeft(of)).isFalse();
    }

    private static boolean isThreadLeft(String of) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().contains(of));
    }

    private static TopicPartition narrowTopic(String name) throws Exception {
        try (Admin admin = Admin.create(new HashMap<>(config.client("test")))) {
            NewTopic topic = new NewTopic(name, Optional.of(1), Optional.empty())
                    .configs(Map.of("max.message.bytes", String.valueOf(TOPIC_LIMIT_BYTES)));
            get(admin.createTopics(List.of(topic)).all().toCompletionStage());
        }
        return new TopicPartition(name, 0);
    }

    /** A commit is acknowledged before its records can be read; here, as it is in flight for long. */
    @Test
    void theSettledTailHasWhatWasAppendedBeforeAndIsCommittedMeanwhile() throws Exception {
        TopicPartition at = narrowTopic("settled");
        Map<String, Object> properties = new HashMap<>(config.client("open"));
        properties.put("transactional.id", "open");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(at.topic(), new byte[] {1})).get(60, TimeUnit.SECONDS);
            assertThat(get(bus.tail(at)).end()).as("a tail of now").isZero();
            assertThat(get(SettledTail.of(bus, at, Duration.ofMillis(50))).end())
                    .as("without patience")
                    .isZero();
            CompletionStage<OrderedBus.Tail> settled = SettledTail.of(bus, at, Duration.ofSeconds(60));
            assertThatThrownBy(() -> settled.toCompletableFuture().get(200, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            producer.commitTransaction();
            assertThat(get(settled).end()).isPositive();
        }
    }

    private static List<String> numbers(TopicPartition at) throws Exception {
        List<String> numbers = new ArrayList<>();
        long end = get(bus.ends(List.of(at))).get(at);
        try (var reader = KafkaRecords.consumer(config, "check", Isolation.UNCOMMITTED)) {
            reader.assign(KafkaBus.toKafka(List.of(at)));
            reader.seekToBeginning(KafkaBus.toKafka(List.of(at)));
            while (reader.position(KafkaBus.toKafka(at)) < end) {
                reader.poll(Duration.ofMillis(100))
                        .forEach(record -> numbers.add(
                                KafkaRecords.fromKafka(record).headers().get("n")));
            }
        }
        return numbers;
    }

    private static void nothingGetsBehindTheRefused(String topic, int refusedBytes) throws Exception {
        TopicPartition at = narrowTopic(topic);
        try (BusWriter writer = bus.writer(topic, Fencing.NONE)) {
            get(writer.open());
            get(writer.append(List.of(record(at, 0, 10))));
            List<CompletableFuture<List<Long>>> behind = new ArrayList<>();
            CompletionStage<List<Long>> refused =
                    writer.append(List.of(record(at, 1, refusedBytes), record(at, 2, 100_000)));
            for (int number = 3; number < 8; number++) {
                behind.add(writer.append(List.of(record(at, number, 100_000))).toCompletableFuture());
            }
            assertThatThrownBy(() -> get(refused)).hasMessageContaining("larger");
            behind.forEach(each ->
                    assertThatThrownBy(() -> get(each)).as("behind the hole").isNotNull());
        }
        assertThat(numbers(at)).containsExactly("0");
    }

    @Test
    void nothingGetsBehindARecordThatTheBrokerRefused() throws Exception {
        nothingGetsBehindTheRefused("refused-by-broker", TOO_LARGE_BYTES);
    }

    @Test
    void nothingGetsBehindARecordThatTheProducerRefused() throws Exception {
        nothingGetsBehindTheRefused("refused-by-producer", OrderedBus.RECORD_BYTES_MAX + 1);
    }
}
