package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.OrderedBus.Tail;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every arm of the bus must do. */
abstract class OrderedBusContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    abstract OrderedBus bus();

    abstract long retentionMillis(String topic) throws Exception;

    abstract void stop();

    abstract void restart();

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static BusRecord record(TopicPartition at, String text) {
        return BusRecord.outgoing(
                at, 1, null, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)), new TreeMap<>(Map.of("h", text)));
    }

    private TopicPartition topic(String name) throws Exception {
        get(bus().ensureTopic(new TopicSpec(name, 2, 3_600_000, false)));
        get(bus().ensureTopic(new TopicSpec(name, 2, 3_600_000, false)));
        return new TopicPartition(name, 1);
    }

    BusWriter open(String name, Fencing fencing) throws Exception {
        BusWriter writer = bus().writer(name, fencing);
        get(writer.open());
        return writer;
    }

    private static List<String> texts(BusReader reader, int count) {
        List<String> texts = new ArrayList<>();
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (texts.size() < count && System.nanoTime() < until) {
            reader.poll(3).forEach(record -> texts.add(record.headers().get("h")));
            Thread.onSpinWait();
        }
        return texts;
    }

    @Test
    void aGroupsPositionsAreKept() throws Exception {
        TopicPartition one = topic("grouped");
        TopicPartition other = new TopicPartition("grouped", 0);
        List<TopicPartition> both = List.of(one, other);
        assertThat(get(bus().committed("group", both))).isEmpty();
        get(bus().commit("group", Map.of(one, 7L)));
        assertThat(get(bus().committed("group", both))).isEqualTo(Map.of(one, 7L));
        get(bus().commit("group", Map.of(one, 5L, other, 1L)));
        assertThat(get(bus().committed("group", both))).isEqualTo(Map.of(one, 5L, other, 1L));
        assertThat(get(bus().committed("group", List.of(other)))).isEqualTo(Map.of(other, 1L));
        assertThat(get(bus().committed("another", both))).isEmpty();
    }

    @Test
    void topicsThatAreThereKeepTheirRecordsForAsLongAsIsSaid() throws Exception {
        topic("kept");
        assertThat(get(bus().retain(Map.of("kept", 90_000L, "nowhere", 1L)))).containsExactly("kept");
        assertThat(retentionMillis("kept")).isEqualTo(90_000);
        get(bus().retain(Map.of("kept", TopicSettings.FOR_EVER)));
        topic("kept");
        assertThat(retentionMillis("kept")).isEqualTo(TopicSettings.FOR_EVER);
    }

    @Test
    void aTopicThatTheBusDoesNotMakeIsRefusedAndNotRetried() throws Exception {
        int most = get(bus().replicationFactorMost());
        assertThat(most).isEqualTo(1);
        get(bus().ensureTopic(new TopicSpec("once", 1, 1_000, false, most)));
        assertThatThrownBy(() -> get(bus().ensureTopic(new TopicSpec("twice", 1, 1_000, false, most + 1))))
                .hasCauseInstanceOf(TopicRefusedException.class)
                .hasMessageContaining("twice");
        assertThat(get(bus().partitions("twice"))).isZero();
    }

    @Test
    void partitionsAreCountedAndPlacesFoundByTime() throws Exception {
        TopicPartition at = topic("places");
        TopicPartition empty = new TopicPartition("places", 0);
        TopicPartition nowhere = new TopicPartition("nowhere", 0);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (get(bus().partitions("places")) != 2 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(get(bus().partitions("places"))).isEqualTo(2);
        assertThat(get(bus().partitions("nowhere"))).isZero();
        try (BusWriter writer = open("places", Fencing.NONE)) {
            List<BusRecord> records = new ArrayList<>();
            for (long millis : new long[] {100, 200, 300}) {
                records.add(BusRecord.outgoing(at, millis, null, null, new TreeMap<>()));
            }
            get(writer.append(records));
        }
        List<TopicPartition> asked = List.of(at, empty, nowhere);
        assertThat(get(bus().since(asked, 0))).isEqualTo(Map.of(at, 0L, empty, 0L));
        assertThat(get(bus().since(asked, 150))).isEqualTo(Map.of(at, 1L, empty, 0L));
        assertThat(get(bus().since(asked, 300))).isEqualTo(Map.of(at, 2L, empty, 0L));
        assertThat(get(bus().since(asked, 301))).isEqualTo(Map.of(at, 3L, empty, 0L));
    }

    @Test
    void recordsComeInTheOrderTheyWereAppendedFromTheOffsetAskedFor() throws Exception {
        TopicPartition at = topic("order");
        try (BusWriter writer = open("order", Fencing.NONE);
                BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            CompletionStage<List<Long>> first = writer.append(List.of(record(at, "a"), record(at, "b")));
            CompletionStage<List<Long>> second = writer.append(List.of(record(at, "c")));
            assertThat(get(first)).containsExactly(0L, 1L);
            assertThat(get(second)).containsExactly(2L);
            reader.follow(Map.of(at, 1L));
            assertThat(texts(reader, 2)).containsExactly("b", "c");
            assertThat(get(bus().ends(List.of(at, new TopicPartition("nowhere", 0)))))
                    .isEqualTo(Map.of(at, 3L));
            reader.follow(Map.of(at, 0L));
            assertThat(texts(reader, 3)).containsExactly("a", "b", "c");
        }
    }

    @Test
    void aTopicThatIsNotThereYetIsWaitedFor() throws Exception {
        try (BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            reader.follow(Map.of(new TopicPartition("late", 1), 0L));
            assertThat(reader.poll(1)).isEmpty();
            TopicPartition at = topic("late");
            try (BusWriter writer = open("late", Fencing.NONE)) {
                get(writer.append(List.of(record(at, "x"))));
                assertThat(texts(reader, 1)).containsExactly("x");
            }
        }
    }

    @Test
    void theTailIsTheLastRecordAlsoBehindTransactions() throws Exception {
        TopicPartition at = topic("tail");
        Tail empty = get(bus().tail(at));
        assertThat(empty.last()).isEmpty();
        try (BusWriter writer = open("tail", Fencing.FENCED)) {
            get(writer.append(List.of(record(at, "a"), record(at, "b"))));
            get(writer.append(List.of(record(at, "c"))));
        }
        // What was committed is for good at once, and seen by readers a little later; a successor waits for that.
        try (BusWriter successor = open("tail", Fencing.FENCED)) {
            get(successor.settle(at));
            assertThat(get(bus().tail(at)).last().orElseThrow().headers()).containsEntry("h", "c");
        }
    }

    @Test
    void aFencedWritersPredecessorCanAppendNothingMore() throws Exception {
        TopicPartition at = topic("fence");
        try (BusWriter dying = open("fence", Fencing.FENCED)) {
            get(dying.append(List.of(record(at, "a"))));
            try (BusWriter next = open("fence", Fencing.FENCED)) {
                assertThatThrownBy(() -> get(dying.append(List.of(record(at, "late")))))
                        .hasCauseInstanceOf(WriterFencedException.class);
                get(next.append(List.of(record(at, "b"))));
                try (BusReader reader = bus().reader(Isolation.COMMITTED)) {
                    reader.follow(Map.of(at, 0L));
                    assertThat(texts(reader, 2)).containsExactly("a", "b");
                }
            }
        }
    }

    @Test
    void whatIsAppendedWhileTheBusIsAwayArrivesOnceWhenItIsBack() throws Exception {
        TopicPartition at = topic("away");
        try (BusWriter writer = open("away", Fencing.NONE);
                BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            reader.follow(Map.of(at, 0L));
            get(writer.append(List.of(record(at, "a"))));
            assertThat(texts(reader, 1)).containsExactly("a");
            stop();
            CompletableFuture<List<Long>> waiting =
                    writer.append(List.of(record(at, "b"))).toCompletableFuture();
            assertThatThrownBy(() -> get(bus().ends(List.of(at)))).hasCauseInstanceOf(BusUnavailableException.class);
            assertThat(waiting).isNotDone();
            restart();
            assertThat(get(waiting)).containsExactly(1L);
            assertThat(texts(reader, 1)).containsExactly("b");
            assertThat(get(bus().ends(List.of(at)))).containsEntry(at, 2L);
        }
    }

    @Test
    void aDeletedTopicIsGone() throws Exception {
        TopicPartition at = topic("deleted");
        get(bus().deleteTopic("deleted"));
        get(bus().deleteTopic("deleted"));
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!get(bus().ends(List.of(at))).isEmpty() && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(get(bus().ends(List.of(at)))).isEmpty();
    }
}
