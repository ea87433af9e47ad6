package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Property;
import dev.meridian.streams.memory.MemoryBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublisherTest {
    private long nowMillis = 1;

    private Publisher publisher(Lane lane, ChangeLog log, MemoryBus bus) {
        InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);
        return new Publisher(RowsInMemory.REGION, lane, log, bus, new CallPolicy("here", clock), clock, () -> {});
    }

    private void settle(Publisher publisher) {
        for (int i = 0; i < 20; i++) {
            publisher.turn();
            nowMillis += 100;
        }
    }

    private static List<Long> sequences(MemoryBus bus, TopicPartition at) {
        return bus.records(at).stream()
                .map(record -> Long.parseLong(record.headers().get(Headers.SEQUENCE)))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void eachRowIsInItsTopicOnceAndInOrderWhateverDies(Lane lane) {
        Property.holds(200, random -> {
            RowsInMemory log = new RowsInMemory();
            MemoryBus bus = new MemoryBus();
            List<ChangePartition> partitions =
                    List.of(log.table("t", "t", 0), log.table("t", "t", 1), log.table("u", "u", 0));
            Map<ChangePartition, List<Long>> expected = new HashMap<>();
            Publisher publisher = publisher(lane, log, bus);
            boolean up = true;
            for (int step = 0; step < 150; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        ChangePartition partition = partitions.get(random.nextInt(partitions.size()));
                        log.add(partition, "k");
                        expected.computeIfAbsent(partition, unused -> new ArrayList<>())
                                .add(log.last().value());
                    }
                    case 3, 4, 5 -> publisher.turn();
                    case 6 -> publisher = random.nextInt(4) == 0 ? publisher(lane, log, bus) : publisher;
                    default -> {
                        if (random.nextInt(4) == 0) {
                            up = !up;
                            if (up) {
                                bus.up();
                            } else {
                                bus.down();
                            }
                        }
                    }
                }
                nowMillis += random.nextInt(300);
                SequenceNumber through = publisher.publishedThrough();
                for (ChangePartition partition : partitions) {
                    TopicPartition at = new TopicPartition(
                            TopicNames.of(lane, RowsInMemory.REGION, partition.table()), partition.partition());
                    List<Long> due = expected.getOrDefault(partition, List.of()).stream()
                            .filter(sequence -> sequence <= through.value())
                            .toList();
                    assertThat(sequences(bus, at)).containsAll(due);
                }
            }
            bus.up();
            settle(publisher);
            assertThat(publisher.state()).isEqualTo(Publisher.State.RUNNING);
            assertThat(publisher.publishedThrough()).isEqualTo(log.last());
            expected.forEach((partition, rows) -> {
                TopicPartition at = new TopicPartition(
                        TopicNames.of(lane, RowsInMemory.REGION, partition.table()), partition.partition());
                assertThat(sequences(bus, at)).isEqualTo(rows);
            });
        });
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void aLaneThatIsBusyGathersRowsForAMomentAndOneThatIsNotDoesNot(Lane lane) {
        RowsInMemory log = new RowsInMemory();
        MemoryBus bus = new MemoryBus();
        ChangePartition partition = log.table("t", "t", 0);
        TopicPartition at = new TopicPartition(TopicNames.of(lane, RowsInMemory.REGION, "t"), 0);
        Publisher publisher = publisher(lane, log, bus);
        log.add(partition, "k");
        settle(publisher);
        for (int i = 0; i < 100; i++) {
            log.add(partition, "k");
        }
        turnAtOnce(publisher);
        assertThat(sequences(bus, at)).as("after some quiet").hasSize(101);
        nowMillis++;
        for (int i = 0; i < 100; i++) {
            log.add(partition, "k");
        }
        turnAtOnce(publisher);
        nowMillis++;
        log.add(partition, "k");
        turnAtOnce(publisher);
        assertThat(sequences(bus, at)).as("busy").hasSize(201);
        nowMillis += 50;
        turnAtOnce(publisher);
        assertThat(sequences(bus, at)).as("gathered").hasSize(202);
        log.add(partition, "k");
        turnAtOnce(publisher);
        assertThat(sequences(bus, at)).as("quiet again").hasSize(203);
    }

    private static void turnAtOnce(Publisher publisher) {
        for (int i = 0; i < 3; i++) {
            publisher.turn();
        }
    }

    @Test
    void theTailOfAnEarlierTableOfTheSameNameIsNotOurs() {
        RowsInMemory log = new RowsInMemory();
        MemoryBus bus = new MemoryBus();
        log.add(log.table("t", "first", 0), "a");
        settle(publisher(Lane.STREAM, log, bus));
        log.add(log.table("t", "second", 0), "b");
        settle(publisher(Lane.STREAM, log, bus));
        assertThat(sequences(bus, new TopicPartition("meridian.here.t.stream", 0)))
                .containsExactly(1L, 2L);
    }

    @Test
    void whatTheTopicLostIsPublishedAgain() throws Exception {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        log.add(partition, "a");
        settle(publisher(Lane.STREAM, log, new MemoryBus()));
        assertThat(log.cursor(Lane.STREAM, partition)).isEqualTo(log.last());
        log.add(partition, "b");
        MemoryBus afterPowerLoss = new MemoryBus();
        settle(publisher(Lane.STREAM, log, afterPowerLoss));
        assertThat(sequences(afterPowerLoss, new TopicPartition("meridian.here.t.stream", 0)))
                .containsExactly(1L, 2L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTopicThatIsLostLacksNothingAsLongAsTheStoreHasEachRow(boolean isSwept) {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        log.add(partition, "a");
        settle(publisher(Lane.STREAM, log, new MemoryBus()));
        if (isSwept) {
            log.sweep();
        }
        log.add(partition, "b");
        List<TopicLoss> losses = new ArrayList<>();
        Publisher publisher = publisher(Lane.STREAM, log, new MemoryBus());
        publisher.onLoss(losses::add);
        settle(publisher);
        assertThat(losses).extracting(TopicLoss::isWhole).containsExactly(!isSwept);
    }

    @Test
    void aRowThatIsMarkedIsGoneOnBehindWhenTheStoreHasLetGoOfIt() {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        MemoryBus bus = new MemoryBus();
        log.add(partition, "a");
        settle(publisher(Lane.STREAM, log, bus));
        log.sweep();
        log.add(partition, "b");
        Publisher next = publisher(Lane.STREAM, log, bus);
        settle(next);
        assertThat(sequences(bus, new TopicPartition("meridian.here.t.stream", 0)))
                .containsExactly(1L, 2L);
        assertThat(next.alarms()).isEmpty();
    }

    /** The table's id came back with the control topic, the rows did not. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void aTopicThatIsNotThisStoresStopsItsPartitionOnlyWithAnAlarm(int rowsSince) {
        MemoryBus bus = new MemoryBus();
        RowsInMemory lost = new RowsInMemory();
        ChangePartition before = lost.table("t", "t", 0);
        for (int i = 0; i < 3; i++) {
            lost.add(before, "k");
        }
        settle(publisher(Lane.STREAM, lost, bus));
        RowsInMemory fresh = new RowsInMemory(1_000);
        ChangePartition partition = fresh.table("t", "t", 0);
        ChangePartition other = fresh.table("u", "u", 0);
        for (int i = 0; i < rowsSince; i++) {
            fresh.add(partition, "k");
        }
        fresh.add(other, "k");
        Publisher publisher = publisher(Lane.STREAM, fresh, bus);
        settle(publisher);
        TopicPartition at = new TopicPartition("meridian.here.t.stream", 0);
        assertThat(sequences(bus, at)).containsExactly(1L, 2L, 3L);
        assertThat(sequences(bus, new TopicPartition("meridian.here.u.stream", 0)))
                .containsExactly(rowsSince + 1L);
        assertThat(publisher.state()).isEqualTo(Publisher.State.RUNNING);
        assertThat(publisher.publishedThrough()).isEqualTo(SequenceNumber.NONE);
        assertThat(publisher.alarms()).containsOnlyKeys(at);
        assertThat(publisher.alarms().get(at)).contains(at.topic()).contains("offset 2");
    }

    /** As when the store of another folder is put beside a Kafka that has gone on. */
    @Test
    void aTopicThatAnotherStoreFilledIsNotTakenForLost() {
        MemoryBus bus = new MemoryBus();
        RowsInMemory first = new RowsInMemory();
        ChangePartition before = first.table("t", "t", 0);
        for (int i = 0; i < 3; i++) {
            first.add(before, "k");
        }
        settle(publisher(Lane.STREAM, first, bus));
        RowsInMemory swapped = new RowsInMemory(1_000);
        ChangePartition partition = swapped.table("t", "t", 0);
        for (int i = 0; i < 5; i++) {
            swapped.add(partition, "k");
        }
        MemoryBus elsewhere = new MemoryBus();
        elsewhere.ensureTopic(new TopicSpec("another", 1, 0, false));
        settle(publisher(Lane.STREAM, swapped, elsewhere));
        swapped.sweep();
        List<TopicLoss> losses = new ArrayList<>();
        Publisher publisher = publisher(Lane.STREAM, swapped, bus);
        publisher.onLoss(losses::add);
        settle(publisher);
        assertThat(publisher.hasForeignTails()).isTrue();
        swapped.rejoin();
        settle(publisher);
        assertThat(publisher.hasForeignTails()).isFalse();
        swapped.add(partition, "c");
        settle(publisher);
        assertThat(sequences(bus, new TopicPartition("meridian.here.t.stream", 0)))
                .containsExactly(1L, 2L, 3L, 1_001L);
        assertThat(losses).extracting(TopicLoss::kind).containsExactly(TopicLoss.Kind.FOREIGN);
    }

    /** The store was put back to a copy of itself: nothing waits to be published, and the topic holds more. */
    @Test
    void anIdleTopicWithMoreThanTheStoreKnowsIsForeignUntilTheStoreHasRejoined() {
        RowsInMemory log = new RowsInMemory();
        ChangePartition partition = log.table("t", "t", 0);
        MemoryBus bus = new MemoryBus();
        log.add(partition, "a");
        settle(publisher(Lane.STREAM, log, bus));
        LogPosition copied = log.place(Lane.STREAM, partition);
        log.add(partition, "b");
        log.add(partition, "b");
        settle(publisher(Lane.STREAM, log, bus));
        RowsInMemory putBack = new RowsInMemory();
        ChangePartition same = putBack.table("t", "t", 0);
        putBack.add(same, "a");
        putBack.mark(Lane.STREAM, Map.of(same, new ChangeLog.Published(putBack.last(), copied)));
        Publisher publisher = publisher(Lane.STREAM, putBack, bus);
        settle(publisher);
        TopicPartition at = new TopicPartition("meridian.here.t.stream", 0);
        assertThat(publisher.hasForeignTails()).isTrue();
        assertThat(publisher.alarms()).containsOnlyKeys(at);
        putBack.rejoin();
        settle(publisher);
        assertThat(publisher.hasForeignTails()).isFalse();
        assertThat(publisher.alarms()).isEmpty();
        putBack.add(same, "c");
        settle(publisher);
        assertThat(sequences(bus, at)).containsExactly(1L, 2L, 3L, 1_001L);
    }

    @Test
    void aTopicWhoseLastRecordCannotBeReadStopsItsTableAlone() {
        RowsInMemory log = new RowsInMemory();
        MemoryBus bus = new MemoryBus();
        ChangePartition broken = log.table("t", "t", 0);
        log.add(broken, "a");
        log.add(log.table("u", "u", 0), "b");
        TopicPartition at = new TopicPartition("meridian.here.t.stream", 0);
        bus.ensureTopic(new TopicSpec(at.topic(), 2, 1, false));
        BusWriter stranger = bus.writer("stranger", OrderedBus.Fencing.NONE);
        stranger.open();
        stranger.append(List.of(BusRecord.outgoing(
                at,
                1,
                null,
                null,
                new TreeMap<>(Map.of(
                        Headers.TABLE_ID, broken.tableId().toString(), Headers.SEQUENCE, "x", Headers.LIFE, "y")))));
        Publisher publisher = publisher(Lane.STREAM, log, bus);
        settle(publisher);
        assertThat(sequences(bus, new TopicPartition("meridian.here.u.stream", 0)))
                .containsExactly(2L);
        assertThat(publisher.alarms()).containsOnlyKeys(at);
        assertThat(publisher.publishedThrough()).isEqualTo(SequenceNumber.NONE);
    }

    @Test
    void aTopicThatIsRefusedStopsItsTableAloneUntilItCanBeMade() {
        RowsInMemory log = new RowsInMemory();
        MemoryBus bus = new MemoryBus();
        ChangePartition refused = log.table("t", "t", 0);
        log.settings.put(refused.tableId(), new TopicSettings(0, 3));
        log.add(refused, "a");
        log.add(log.table("u", "u", 0), "b");
        Publisher publisher = publisher(Lane.STREAM, log, bus);
        settle(publisher);
        TopicPartition at = new TopicPartition("meridian.here.t.stream", 0);
        assertThat(bus.topics()).containsExactly("meridian.here.u.stream");
        assertThat(sequences(bus, new TopicPartition("meridian.here.u.stream", 0)))
                .containsExactly(2L);
        assertThat(publisher.state()).isEqualTo(Publisher.State.RUNNING);
        assertThat(publisher.alarms()).containsOnlyKeys(at);
        log.settings.put(refused.tableId(), new TopicSettings(90_000, 1));
        nowMillis += 10_000;
        settle(publisher);
        assertThat(sequences(bus, at)).containsExactly(1L);
        assertThat(publisher.alarms()).isEmpty();
        assertThat(publisher.publishedThrough()).isEqualTo(log.last());
        assertThat(bus.retentionMillis(at.topic())).contains(90_000L);
        assertThat(bus.retentionMillis("meridian.here.u.stream")).contains(86_400_000L);
    }

    @Test
    void aStreamRecordIsWhatKinesisDataStreamsDelivers() throws Exception {
        RowsInMemory log = new RowsInMemory();
        MemoryBus bus = new MemoryBus();
        log.add(log.table("t", "t", 0), "a\"b");
        settle(publisher(Lane.STREAM, log, bus));
        BusRecord record =
                bus.records(new TopicPartition("meridian.here.t.stream", 0)).get(0);
        JsonNode value = new ObjectMapper().readTree(record.value().toArray());
        assertThat(value.path("eventName").asText()).isEqualTo("INSERT");
        assertThat(value.path("awsRegion").asText()).isEqualTo("here");
        assertThat(value.path("tableName").asText()).isEqualTo("t");
        assertThat(value.path("recordFormat").asText()).isEqualTo("application/json");
        assertThat(value.path("userIdentity").isNull()).isTrue();
        assertThat(value.at("/dynamodb/Keys/pk/S").asText()).isEqualTo("a\"b");
        assertThat(value.at("/dynamodb/NewImage/pk/S").asText()).isEqualTo("a\"b");
        assertThat(value.at("/dynamodb/OldImage").isMissingNode()).isTrue();
        assertThat(new String(record.key().toArray())).isEqualTo("{\"pk\":{\"S\":\"a\\\"b\"}}");
        assertThat(record.headers()).containsEntry("origin", "here").containsEntry("cause", "user");
    }
}
