package dev.meridian.streams.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.KafkaFolder;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A broker's folder may have been damaged: the process goes on without its broker, says why, and takes it up again. */
class DamagedFolderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final TopicPartition AT = new TopicPartition("damaged", 0);
    private static final String SEGMENT = "00000000000000000000.log";

    /** The base offset, the length, the leader's epoch and the version come before it. */
    private static final int CHECKSUM_PLACE = 17;

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    /** What may be wrong with a folder. */
    enum Damage {
        SEGMENT_FLIPPED_AFTER_A_CRASH(true),
        SEGMENT_HALVED(true),
        INDEX_FLIPPED(true),
        CHECKPOINT_OF_NONSENSE(true),
        QUORUM_STATE_OF_NONSENSE(false),
        METADATA_FLIPPED(true),
        PROPERTIES_OF_NONSENSE(false),
        OF_ANOTHER_REGION(false),
        A_FILE(false);

        /** Kafka itself repairs it, or leaves it for readers to find: for metadata, that a topic is another or gone. */
        final boolean mayServe;

        Damage(boolean mayServe) {
            this.mayServe = mayServe;
        }

        void happen(Path data) throws IOException {
            Path log = data.resolve(AT.toString());
            switch (this) {
                case SEGMENT_FLIPPED_AFTER_A_CRASH -> {
                    flipAll(log.resolve(SEGMENT));
                    Files.delete(data.resolve(".kafka_cleanshutdown"));
                }
                case SEGMENT_HALVED -> halve(log.resolve(SEGMENT));
                case INDEX_FLIPPED -> flipAll(log.resolve("00000000000000000000.timeindex"));
                case CHECKPOINT_OF_NONSENSE -> nonsense(data.resolve("recovery-point-offset-checkpoint"));
                case QUORUM_STATE_OF_NONSENSE -> nonsense(data.resolve("__cluster_metadata-0/quorum-state"));
                case METADATA_FLIPPED ->
                    flipAll(data.resolve("__cluster_metadata-0").resolve(SEGMENT));
                case PROPERTIES_OF_NONSENSE -> nonsense(data.resolve("meta.properties"));
                case OF_ANOTHER_REGION -> {
                    Path file = data.resolve("meta.properties");
                    Files.writeString(file, Files.readString(file).replaceAll("cluster.id=.*", "cluster.id=another"));
                }
                case A_FILE -> {
                    KafkaFolder.delete(data);
                    Files.writeString(data, "in the way");
                }
            }
        }

        private static void nonsense(Path file) throws IOException {
            assertThat(file).exists();
            byte[] bytes = new byte[200];
            new Random(7).nextBytes(bytes);
            Files.write(file, bytes);
        }

        private static void halve(Path file) throws IOException {
            try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
                open.truncate(open.size() / 2);
            }
        }

        /** One byte in each thirty, the last ones too. */
        private static void flipAll(Path file) throws IOException {
            for (long place = CHECKSUM_PLACE; place < Files.size(file); place += 30) {
                KafkaFolder.flip(file, place);
            }
        }
    }

    @BeforeAll
    static void fill() throws Exception {
        try (EmbeddedBroker broker = broker(whole.resolve("kafka"), 0);
                KafkaBus bus = bus(broker);
                BusWriter writer = bus.writer("w", Fencing.NONE)) {
            get(bus.ensureTopic(new TopicSpec(AT.topic(), 1, 3_600_000, false)));
            get(writer.open());
            for (String text : List.of("a", "b", "c", "d")) {
                get(writer.append(List.of(record(text))));
            }
        }
    }

    private static EmbeddedBroker broker(Path data, int port) {
        return new EmbeddedBroker(new EmbeddedBroker.Config("damaged", data, "127.0.0.1", port));
    }

    private static KafkaBus bus(EmbeddedBroker broker) {
        return new KafkaBus(new KafkaBus.Config("damaged", broker.bootstrap(), new TreeMap<>()));
    }

    private static BusRecord record(String text) {
        return BusRecord.outgoing(AT, 1, null, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)), new TreeMap<>());
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return free.getLocalPort();
        }
    }

    @ParameterizedTest
    @EnumSource
    void noDamageEndsTheProcessAndAnEmptyFolderIsBegunWith(Damage damage) throws Exception {
        Path data = folder.resolve("kafka");
        KafkaFolder.copy(whole.resolve("kafka"), data);
        damage.happen(data);
        try (EmbeddedBroker broker = broker(data, freePort())) {
            if (damage.mayServe) {
                return;
            }
            assertThat(broker.failure().orElse(""))
                    .contains(data.toString())
                    .contains("Reads and writes go on")
                    .contains("move " + data + " away");
            Files.move(data, folder.resolve("kafka-damaged"));
            await("it serves from an empty folder", () -> broker.failure().isEmpty());
            try (KafkaBus bus = bus(broker)) {
                assertThat(get(bus.topicIds(List.of(AT.topic())))).isEmpty();
                get(bus.ensureTopic(new TopicSpec(AT.topic(), 1, 3_600_000, false)));
            }
        }
    }

    @Test
    void aRecordWhoseChecksumIsWrongStopsItsPartitionAndIsNeverPassedOver() throws Exception {
        Path data = folder.resolve("kafka");
        KafkaFolder.copy(whole.resolve("kafka"), data);
        Path segment = data.resolve(AT.toString()).resolve(SEGMENT);
        KafkaFolder.flip(segment, KafkaFolder.placeOf(segment, 2) + CHECKSUM_PLACE);
        try (EmbeddedBroker broker = broker(data, 0);
                KafkaBus bus = bus(broker);
                BusReader reader = bus.reader(Isolation.COMMITTED)) {
            reader.follow(AT, 0, null);
            List<String> texts = new ArrayList<>();
            await("the damage is told", () -> {
                reader.poll(1).forEach(record -> texts.add(text(record)));
                return reader.damaged().containsKey(AT);
            });
            assertThat(texts).containsExactly("a", "b");
            assertThat(reader.damaged().get(AT).offset()).isEqualTo(2);
            assertThat(reader.damaged().get(AT).reason()).contains("damaged").contains("crc");
            assertThat(reader.poll(9)).isEmpty();
            reader.follow(AT, 3, null);
            await(
                    "what lies behind it can be read",
                    () -> reader.poll(9).stream()
                            .anyMatch(record -> text(record).equals("d")));
            assertThat(reader.damaged()).isEmpty();
        }
    }

    private static String text(BusRecord record) {
        return new String(java.util.Objects.requireNonNull(record.value()).toArray(), StandardCharsets.UTF_8);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
