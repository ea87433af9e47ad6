package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.streams.memory.MemoryBus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryBusTest extends OrderedBusContract {
    private final MemoryBus bus = new MemoryBus();

    @Override
    OrderedBus bus() {
        return bus;
    }

    @Override
    long retentionMillis(String topic) {
        return bus.retentionMillis(topic).orElseThrow();
    }

    @Override
    void stop() {
        bus.down();
    }

    @Override
    void restart() {
        bus.up();
    }

    @Test
    void whatWasTrimmedIsReportedAsLost() throws Exception {
        TopicPartition at = new TopicPartition("t", 0);
        get(bus.ensureTopic(new TopicSpec("t", 1, 1, false)));
        BusWriter writer = bus.writer("t", OrderedBus.Fencing.NONE);
        get(writer.open());
        get(writer.append(List.of(record(at, "a"), record(at, "b"))));
        BusReader reader = bus.reader(OrderedBus.Isolation.COMMITTED);
        reader.follow(Map.of(at, 0L));
        bus.trim(at, 1);
        assertThat(reader.poll(9)).isEmpty();
        assertThat(reader.lost()).isEqualTo(Map.of(at, 1L));
        reader.follow(Map.of(at, 1L));
        assertThat(reader.poll(9)).hasSize(1);
        assertThat(reader.lost()).isEmpty();
    }
}
