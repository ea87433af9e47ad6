package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.streams.OrderedBus.Isolation;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kafka is stopped, rows pile up, Kafka is started again: each row arrives once and in order. */
class BrokerAwayTest {
    private static final CallPolicy POLICY = new CallPolicy("away", InstantSource.system());
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** More than a publisher keeps under way, so that the rest waits in the store. */
    private static final int ROWS_WHILE_AWAY = 5_000;

    @TempDir
    Path folder;

    private final RowsInMemory log = new RowsInMemory();
    private final ChangePartition partition = log.table("t", "t", 0);
    private final List<Long> arrived = new ArrayList<>();

    private EmbeddedBroker broker(int port) {
        return new EmbeddedBroker(new EmbeddedBroker.Config("away", folder, "127.0.0.1", port));
    }

    private void add(int rows) {
        for (int i = 0; i < rows; i++) {
            log.add(partition, "k");
        }
    }

    private void turnUntil(Publisher publisher, BusReader reader, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            publisher.turn();
            reader.poll(1_000)
                    .forEach(record ->
                            arrived.add(Long.parseLong(record.headers().get(Headers.SEQUENCE))));
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"STREAM,false", "STREAM,true", "REPLICATION,false", "REPLICATION,true"})
    void whatPiledUpWhileTheBrokerWasAwayArrivesOnceAndInOrder(Lane lane, boolean publisherDiesToo) {
        EmbeddedBroker broker = broker(0);
        int port = broker.port();
        try (KafkaBus bus = new KafkaBus(new KafkaBus.Config("away", broker.bootstrap(), new TreeMap<>()), POLICY);
                BusReader reader = bus.reader(Isolation.COMMITTED)) {
            reader.follow(Map.of(new TopicPartition(TopicNames.of(lane, RowsInMemory.REGION, "t"), 0), 0L));
            Publisher first =
                    new Publisher(RowsInMemory.REGION, lane, log, bus, POLICY, InstantSource.system(), () -> {});
            add(10);
            turnUntil(first, reader, () -> arrived.size() == 10);
            broker.close();
            add(ROWS_WHILE_AWAY);
            long away = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            turnUntil(first, reader, () -> System.nanoTime() > away);
            assertThat(first.publishedThrough().value()).isEqualTo(10);
            assertThat(first.backlog()).isEqualTo(ROWS_WHILE_AWAY);
            broker = broker(port);
            Publisher second = publisherDiesToo
                    ? new Publisher(RowsInMemory.REGION, lane, log, bus, POLICY, InstantSource.system(), () -> {})
                    : first;
            turnUntil(
                    second,
                    reader,
                    () -> second.backlog() == 0 && arrived.size() >= log.last().value());
            add(1);
            turnUntil(
                    second,
                    reader,
                    () -> second.backlog() == 0 && arrived.contains(log.last().value()));
        } finally {
            broker.close();
        }
        if (lane == Lane.REPLICATION && publisherDiesToo) {
            // The producer of the dead one may still land what it had under way: no order, and no row is missing.
            assertThat(arrived)
                    .containsAll(LongStream.rangeClosed(1, log.last().value())
                            .boxed()
                            .toList());
        } else {
            assertThat(arrived)
                    .isEqualTo(LongStream.rangeClosed(1, log.last().value())
                            .boxed()
                            .toList());
        }
    }
}
