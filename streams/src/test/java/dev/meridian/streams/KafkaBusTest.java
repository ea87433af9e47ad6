package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract upon a real broker. */
class KafkaBusTest extends OrderedBusContract {
    private static final CallPolicy POLICY = new CallPolicy("test", InstantSource.system());

    @TempDir
    static Path folder;

    private static EmbeddedBroker broker;
    private static KafkaBus bus;
    private static int port;

    @BeforeAll
    static void start() {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("test", folder.resolve("kafka"), "127.0.0.1", 0));
        port = broker.port();
        bus = new KafkaBus(new KafkaBus.Config("test", broker.bootstrap(), new TreeMap<>()), POLICY);
    }

    @AfterAll
    static void end() {
        bus.close();
        broker.close();
    }

    @Override
    OrderedBus bus() {
        return bus;
    }

    /** A publisher looks at every partition when it starts. At Kafka's own waiting times each look takes half a second. */
    @Test
    void manyTailsAreLookedAtWithoutWaiting() throws Exception {
        int partitions = 40;
        get(bus.ensureTopic(new TopicSpec("many", partitions, 3_600_000, false)));
        try (BusWriter writer = bus.writer("many", OrderedBus.Fencing.FENCED)) {
            get(writer.open());
            List<BusRecord> records = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                records.add(record(new TopicPartition("many", partition), "r" + partition));
            }
            get(writer.append(records));
        }
        BusWriter successor = open("many", OrderedBus.Fencing.FENCED);
        long start = System.nanoTime();
        for (int partition = 0; partition < partitions; partition++) {
            BusRecord last =
                    get(bus.tail(new TopicPartition("many", partition))).last().orElseThrow();
            assertThat(last.headers()).containsEntry("h", "r" + partition);
        }
        successor.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    /** What was read is of the old topic, and what is said of it would be of the new one. */
    @Test
    void aTopicThatIsReplacedWhileItsTailIsReadIsLookedAtAnew() throws Exception {
        TopicPartition at = topic("changing");
        append(at, "a");
        TopicId before = id("changing");
        AtomicInteger read = new AtomicInteger();
        Tail tail = get(bus.tail(at, record -> {
            if (read.getAndIncrement() == 0) {
                assertThatCode(() -> replaced(at)).doesNotThrowAnyException();
            }
            return true;
        }));
        assertThat(read).hasValue(1);
        assertThat(tail.topic()).isEqualTo(id("changing")).isNotEqualTo(before);
        assertThat(tail.last()).isEmpty();
    }

    @Test
    void theEndsAndPlacesOfManyPartitionsAreOneCallEach() throws Exception {
        int partitions = 40;
        CallPolicy policy = new CallPolicy("counted", InstantSource.system());
        AtomicInteger calls = new AtomicInteger();
        policy.breaker().getEventPublisher().onSuccess(call -> calls.incrementAndGet());
        get(bus.ensureTopic(new TopicSpec("counted", partitions, 3_600_000, false)));
        id("counted");
        List<TopicPartition> all = new ArrayList<>();
        TreeMap<TopicPartition, Long> zeros = new TreeMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition("counted", partition));
            zeros.put(all.get(partition), 0L);
        }
        try (KafkaBus counted =
                new KafkaBus(new KafkaBus.Config("counted", broker.bootstrap(), new TreeMap<>()), policy)) {
            assertThat(get(counted.ends(all))).isEqualTo(zeros);
            assertThat(get(counted.since(all, 0))).isEqualTo(zeros);
            assertThat(get(counted.since(all, 150))).isEqualTo(zeros);
            assertThat(calls).hasValue(3);
        }
    }

    @Override
    long retentionMillis(String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            return Long.parseLong(admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get("retention.ms")
                    .value());
        }
    }

    @Override
    void expire(TopicPartition at, long offset) throws Exception {
        org.apache.kafka.common.TopicPartition kafkas =
                new org.apache.kafka.common.TopicPartition(at.topic(), at.partition());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.deleteRecords(Map.of(kafkas, RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get();
        }
    }

    /** The last batches are cut off their segment, as after a power cut. */
    @Override
    void cut(TopicPartition at, long end) throws Exception {
        stop();
        Path segment = folder.resolve("kafka").resolve(at.toString()).resolve("00000000000000000000.log");
        KafkaFolder.cut(segment, end);
        restart();
    }

    @Override
    void lose() throws Exception {
        stop();
        KafkaFolder.delete(folder.resolve("kafka"));
        restart();
    }

    @Override
    void stop() {
        broker.close();
    }

    /** The circuit that opened meanwhile stays so for a moment: whoever asks is refused until it tries again. */
    @Override
    void restart() throws Exception {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("test", folder.resolve("kafka"), "127.0.0.1", port));
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!answers() && System.nanoTime() < until) {
            Thread.sleep(20);
        }
    }

    private static boolean answers() throws Exception {
        try {
            get(bus.topicIds(List.of("any")));
            return true;
        } catch (ExecutionException failure) {
            return false;
        }
    }
}
