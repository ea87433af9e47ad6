package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReplicatorTest {
    private static final class NoStore implements ReplicaStore {
        @Override
        public CompletionStage<Void> transact(Consumer<ReplicaTransaction> work) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public Map<TopicPartition, Long> positions(RegionId origin) {
            return Map.of();
        }
    }

    @Test
    void aPartitionThatCannotBeReadStopsWithAnAlarmAndDoesNotStopTheOthers() {
        MemoryBus bus = new MemoryBus();
        TopicPartition broken = new TopicPartition("broken", 0);
        TopicPartition news = new TopicPartition("news", 0);
        bus.ensureTopic(new TopicSpec("broken", 1, 1, false));
        bus.ensureTopic(new TopicSpec("news", 1, 1, false));
        BusWriter writer = bus.writer("w", OrderedBus.Fencing.NONE);
        writer.open();
        Bytes garbage = Bytes.wrap(new byte[] {99});
        for (int i = 0; i < 3_000; i++) {
            writer.append(List.of(BusRecord.outgoing(broken, 1, null, garbage, new TreeMap<>())));
        }
        Replicator replicator = new Replicator(
                new RegionId("there"),
                bus.reader(OrderedBus.Isolation.UNCOMMITTED),
                new NoStore(),
                () -> Instant.ofEpochMilli(1),
                () -> {});
        replicator.follow(broken, new TableId(new UUID(1, 2)));
        List<BusRecord> heard = new ArrayList<>();
        replicator.listen(news, 0, heard::add);
        for (int i = 0; i < 20; i++) {
            replicator.turn();
        }
        writer.append(List.of(BusRecord.outgoing(news, 1, null, garbage, new TreeMap<>())));
        for (int i = 0; i < 20; i++) {
            replicator.turn();
        }
        assertThat(heard).hasSize(1);
        assertThat(replicator.alarms()).hasSize(1);
        Alarm alarm = replicator.alarms().get(0);
        assertThat(alarm.kind()).isEqualTo(Alarm.Kind.UNREADABLE);
        assertThat(alarm.at()).isEqualTo(broken);
        assertThat(alarm.offset()).isZero();
    }
}
