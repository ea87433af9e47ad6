package dev.meridian.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.embedded.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that falls silent: its connections stay, and nothing comes through them. */
class KafkaReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Far below Kafka's own ten seconds, after which it would close the connection. */
    private static final Duration NOTICED = Duration.ofSeconds(6);

    @TempDir
    Path folder;

    /** A broker in a process of its own, so that it can be stopped in its tracks. */
    static final class BrokerProcess {
        public static void main(String[] arguments) throws Exception {
            try (EmbeddedBroker broker =
                    new EmbeddedBroker(new EmbeddedBroker.Config("silent", Path.of(arguments[0]), "127.0.0.1", 0))) {
                System.out.println(broker.bootstrap());
                while (System.in.read() >= 0) {
                    // Until the test ends, however it ends.
                }
            }
        }
    }

    @Test
    void aSilentCutIsNoticedAndItsEndToo() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/kill")), "no /bin/kill to stop a process with");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BrokerProcess.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            KafkaBus.Config config = new KafkaBus.Config("silent", out.readLine(), new TreeMap<>());
            try (KafkaBus bus = new KafkaBus(config);
                    BusReader reader = bus.reader(Isolation.UNCOMMITTED)) {
                KafkaWriterTest.get(bus.ensureTopic(new TopicSpec("silent", 1, 3_600_000, false)));
                reader.follow(Map.of(new TopicPartition("silent", 0), 0L));
                await(reader::isConnected, PATIENCE);
                signal(process, "-STOP");
                await(() -> !reader.isConnected(), NOTICED);
                signal(process, "-CONT");
                await(reader::isConnected, PATIENCE);
            }
        } finally {
            process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void whatIsNoLongerKeptIsNoticedWhateverElseIsAskedMeanwhile() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(new EmbeddedBroker.Config("expired", folder, "127.0.0.1", 0));
                KafkaBus bus = new KafkaBus(new KafkaBus.Config("expired", broker.bootstrap(), new TreeMap<>()));
                BusWriter writer = bus.writer("expired", Fencing.NONE)) {
            TopicPartition gone = new TopicPartition("expired", 0);
            TopicPartition other = new TopicPartition("expired", 1);
            KafkaWriterTest.get(bus.ensureTopic(new TopicSpec("expired", 2, 3_600_000, false)));
            KafkaWriterTest.get(writer.open());
            KafkaWriterTest.get(writer.append(List.of(record(gone), record(gone), record(other))));
            KafkaWriterTest.get(bus.expire(List.of(gone)));
            for (int round = 0; round < 20; round++) {
                try (BusReader reader = bus.reader(Isolation.UNCOMMITTED)) {
                    reader.follow(Map.of(gone, 0L));
                    // Each call wakes the reader, also while it looks how much is gone.
                    await(
                            () -> {
                                reader.follow(Map.of(other, 0L));
                                return reader.lost().containsKey(gone);
                            },
                            PATIENCE);
                    assertThat(reader.lost().get(gone).reason()).isEqualTo(BusReader.Reason.EXPIRED);
                    assertThat(reader.lost().get(gone).start()).isEqualTo(2);
                    List<BusRecord> heard = new ArrayList<>();
                    await(() -> heard.addAll(reader.poll(10)) || !heard.isEmpty(), PATIENCE);
                    assertThat(heard).extracting(BusRecord::at).containsOnly(other);
                }
            }
        }
    }

    private static BusRecord record(TopicPartition at) {
        return BusRecord.outgoing(at, 1, null, Bytes.wrap(new byte[] {1}), new TreeMap<>());
    }

    private static void signal(Process process, String signal) throws Exception {
        Process kill = new ProcessBuilder("/bin/kill", signal, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private static void await(BooleanSupplier condition, Duration patience) {
        long until = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
