package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.Life;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The largest legal change goes out on both lanes, and what comes behind it. */
class LargestChangeTest {
    private static final CallPolicy POLICY = new CallPolicy("large", InstantSource.system());
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    /** As much JSON as 400 KB can become: every element takes three bytes of the limit, and 141 characters. */
    private static Item largest(String key) {
        AttributeValue tiny = AttributeValue.N.of("1E-130");
        int elements = Item.MAX_SIZE_BYTES / 3;
        Item item;
        do {
            elements--;
            item = Item.of(Map.of(
                    "pk", new AttributeValue.S(key), "l", new AttributeValue.L(Collections.nCopies(elements, tiny))));
        } while (item.sizeBytes() > Item.MAX_SIZE_BYTES);
        return item;
    }

    @Test
    void itIsAsLargeAsTheLimitSays() {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        log.add(partition, "k", largest("k"), largest("k"));
        Change change =
                log.read(Lane.STREAM, partition, SequenceNumber.NONE, 1, 1).get(0);
        BusRecord record = new StreamFormat(RowsInMemory.REGION)
                .format(change, partition, new TopicPartition("t", 0), new Life(1), RecordLink.NONE);
        assertThat(record.value().length()).isBetween(38_000_000, OrderedBus.RECORD_BYTES_MAX - (1 << 20));
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void itIsPublishedAndReadInOrder(Lane lane) {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        log.add(partition, "a");
        log.add(partition, "k", largest("k"), largest("k"));
        log.add(partition, "k", largest("k"), largest("k"));
        log.add(partition, "b");
        TopicPartition at = new TopicPartition(TopicNames.of(lane, RowsInMemory.REGION, "t"), 0);
        List<String> sequences = new ArrayList<>();
        try (EmbeddedBroker broker = new EmbeddedBroker(new EmbeddedBroker.Config("large", folder, "127.0.0.1", 0));
                KafkaBus bus = new KafkaBus(new KafkaBus.Config("large", broker.bootstrap(), new TreeMap<>()), POLICY);
                BusReader reader = bus.reader(Isolation.COMMITTED)) {
            Publisher publisher =
                    new Publisher(RowsInMemory.REGION, lane, log, bus, POLICY, InstantSource.system(), () -> {});
            reader.follow(Map.of(at, 0L));
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (sequences.size() < 4 && System.nanoTime() < until) {
                publisher.turn();
                reader.poll(9).forEach(record -> sequences.add(record.headers().get(Headers.SEQUENCE)));
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(publisher.state()).isEqualTo(Publisher.State.RUNNING);
        }
        assertThat(sequences).containsExactly("1", "2", "3", "4");
    }
}
