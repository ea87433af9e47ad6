package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.apache.kafka.clients.admin.Admin;
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
    void stop() {
        broker.close();
    }

    @Override
    void restart() {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("test", folder.resolve("kafka"), "127.0.0.1", port));
    }
}
