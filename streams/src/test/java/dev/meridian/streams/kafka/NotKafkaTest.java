package dev.meridian.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** An address where something else than Kafka answers ends nothing; it is told, and asked again. */
class NotKafkaTest {
    /** Answers everybody as an HTTP server answers what it does not understand. */
    private static final class HttpServer implements AutoCloseable {
        final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        final AtomicInteger answered = new AtomicInteger();

        HttpServer() throws IOException {
            Thread thread = new Thread(this::serve, "http");
            thread.setDaemon(true);
            thread.start();
        }

        String address() {
            return "127.0.0.1:" + socket.getLocalPort();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try (Socket client = socket.accept()) {
                    // A client sends first; what it sends is of no interest.
                    if (client.getInputStream().read() >= 0) {
                        client.getOutputStream()
                                .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        client.shutdownOutput();
                        client.getInputStream().skip(Long.MAX_VALUE);
                        answered.incrementAndGet();
                    }
                } catch (IOException gone) {
                    // The next one.
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void isToldInClearWordsAndAskedAgain() throws Exception {
        try (HttpServer http = new HttpServer();
                KafkaBus bus = new KafkaBus(new KafkaBus.Config("test", http.address(), new TreeMap<>()))) {
            assertThat(bus.fault())
                    .contains(http.address()
                            + " does not speak Kafka: it answers 'HTTP/1.1 400 Bad Request'; it is asked again");
            assertThatThrownBy(() -> bus.partitions("t").toCompletableFuture().join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(BusUnavailableException.class)
                    .hasMessageContaining("does not speak Kafka");
            int before = http.answered.get();
            await("it is asked again", () -> http.answered.get() > before);
        }
    }

    @Test
    void aReaderOutlivesEachAnswer() throws Exception {
        try (HttpServer http = new HttpServer();
                KafkaBus bus = new KafkaBus(new KafkaBus.Config("test", http.address(), new TreeMap<>()));
                BusReader reader = bus.reader(OrderedBus.Isolation.UNCOMMITTED)) {
            reader.follow(Map.of(new TopicPartition("t", 0), 0L));
            int before = http.answered.get();
            // The answer's first bytes are 1.2 GB as a length: the first one would end the reader's thread.
            await("it connects again and again", () -> http.answered.get() > before + 3);
            assertThat(reader.isConnected()).isFalse();
        }
    }

    @Test
    void allKindsOfClientsAreBounded() throws Exception {
        try (HttpServer http = new HttpServer()) {
            KafkaBus.Config config = new KafkaBus.Config("test", http.address(), new TreeMap<>());
            try (Admin admin = ClientFrames.bound(Admin.create(config.client("admin")))) {
                assertThat(ClientFrames.limitOf(admin)).isEqualTo(16 << 20);
            }
            try (var consumer = KafkaRecords.consumer(config, "reader", OrderedBus.Isolation.COMMITTED)) {
                assertThat(ClientFrames.limitOf(consumer)).isBetween(16 << 20, 49 << 20);
            }
        }
        // Nothing answers there any more: a producer connects at once.
        KafkaBus.Config away = new KafkaBus.Config("test", "127.0.0.1:1", new TreeMap<>());
        try (var producer = ClientFrames.bound(new org.apache.kafka.clients.producer.KafkaProducer<>(
                KafkaWriter.properties(away, "w", OrderedBus.Fencing.NONE),
                new org.apache.kafka.common.serialization.ByteArraySerializer(),
                new org.apache.kafka.common.serialization.ByteArraySerializer()))) {
            assertThat(ClientFrames.limitOf(producer)).isEqualTo(16 << 20);
            producer.close(Duration.ZERO);
        }
    }
}
