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
