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
    void expire(TopicPartition at, long offset) {
        bus.trim(at, offset);
    }

    @Override
    void cut(TopicPartition at, long end) {
        bus.cut(at, end);
    }

    @Override
    void lose() {
        bus.lose();
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
    void anEarlierCopyHasTheIdentitiesAndRecordsThatItHad() throws Exception {
        TopicPartition old = new TopicPartition("old", 0);
        TopicPartition young = new TopicPartition("young", 0);
        get(bus.ensureTopic(new TopicSpec("old", 1, 1, false)));
        BusWriter writer = open("w", OrderedBus.Fencing.NONE);
        get(writer.append(List.of(record(old, "a"))));
        get(bus.commit("group", Map.of(old, 1L)));
        Map<String, TopicId> ids = get(bus.topicIds(List.of("old")));
        MemoryBus.Copy copy = bus.copy();
        get(bus.ensureTopic(new TopicSpec("young", 1, 1, false)));
        Map<String, TopicId> lostIds = get(bus.topicIds(List.of("young")));
        get(writer.append(List.of(record(old, "b"), record(young, "c"))));
        get(bus.commit("group", Map.of(old, 2L)));
        BusReader reader = bus.reader(OrderedBus.Isolation.COMMITTED);
        reader.follow(Map.of(old, 0L, young, 0L));
        assertThat(reader.poll(9)).hasSize(3);
        bus.restore(copy);
        assertThat(get(bus.topicIds(List.of("old", "young")))).isEqualTo(ids);
        assertThat(bus.records(old)).hasSize(1);
        assertThat(get(bus.committed("group", List.of(old)))).isEqualTo(Map.of(old, 1L));
        assertThat(reader.lost().get(old).reason()).isEqualTo(BusReader.Reason.CUT_SHORT);
        assertThat(reader.lost()).doesNotContainKey(young);
        get(bus.ensureTopic(new TopicSpec("young", 1, 1, false)));
        assertThat(get(bus.topicIds(List.of("young")))).isNotEqualTo(lostIds);
        assertThat(reader.lost().get(young).reason()).isEqualTo(BusReader.Reason.REPLACED);
    }

    @Test
    void aWriterWhoseTopicIsLostTakesNothingMoreAndAFencedOneIsUnknown() throws Exception {
        TopicPartition at = new TopicPartition("t", 0);
        get(bus.ensureTopic(new TopicSpec("t", 1, 1, false)));
        BusWriter writer = open("w", OrderedBus.Fencing.NONE);
        BusWriter fenced = open("f", OrderedBus.Fencing.FENCED);
        bus.lose();
        get(bus.ensureTopic(new TopicSpec("t", 1, 1, false)));
        assertThat(writer.append(List.of(record(at, "a"))).toCompletableFuture())
                .isCompletedExceptionally();
        assertThat(fenced.append(List.of(record(at, "b"))).toCompletableFuture())
                .isCompletedExceptionally();
        assertThat(bus.records(at)).isEmpty();
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
        assertThat(reader.lost().get(at).reason()).isEqualTo(BusReader.Reason.EXPIRED);
        assertThat(reader.lost().get(at).start()).isEqualTo(1);
        reader.follow(Map.of(at, 1L));
        assertThat(reader.poll(9)).hasSize(1);
        assertThat(reader.lost()).isEmpty();
    }
}
