package dev.meridian.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
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
            try (KafkaBus bus = new KafkaBus(config, new CallPolicy("test", InstantSource.system()));
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
