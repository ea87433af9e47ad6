package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusReader.Lost;
import dev.meridian.streams.BusReader.Reason;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.OrderedBus.Tail;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every arm of the bus must do. */
abstract class OrderedBusContract {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    abstract OrderedBus bus();

    abstract long retentionMillis(String topic) throws Exception;

    /** The records before an offset are no longer kept. */
    abstract void expire(TopicPartition at, long offset) throws Exception;

    /** The records from an offset on are lost; may stop the bus and start it again. */
    abstract void cut(TopicPartition at, long end) throws Exception;

    /** Everything is lost; may stop the bus and start it again. */
    abstract void lose() throws Exception;

    abstract void stop();

    /** Until it answers. */
    abstract void restart() throws Exception;

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static BusRecord record(TopicPartition at, String text) {
        return BusRecord.outgoing(
                at, 1, null, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)), new TreeMap<>(Map.of("h", text)));
    }

    TopicPartition topic(String name) throws Exception {
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

    private static void await(Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call() && System.nanoTime() < until) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(condition.call()).isTrue();
    }

    private static Lost lost(BusReader reader, TopicPartition at) throws Exception {
        await(() -> reader.lost().containsKey(at));
        return reader.lost().get(at);
    }

    TopicId id(String topic) throws Exception {
        await(() -> get(bus().topicIds(List.of(topic))).containsKey(topic));
        return get(bus().topicIds(List.of(topic))).get(topic);
    }

    void append(TopicPartition at, String... texts) throws Exception {
        try (BusWriter writer = open(at.topic(), Fencing.NONE)) {
            get(writer.append(Stream.of(texts).map(text -> record(at, text)).toList()));
        }
    }

    TopicPartition replaced(TopicPartition at) throws Exception {
        get(bus().deleteTopic(at.topic()));
        await(() -> get(bus().topicIds(List.of(at.topic()))).isEmpty());
        return topic(at.topic());
    }

    @Test
    void aTopicHasAnIdentityThatItsReadersAdopt() throws Exception {
        TopicPartition at = topic("adopted");
        append(at, "a", "b");
        TopicId id = id("adopted");
        assertThat(TopicId.parse(id.toString())).isEqualTo(id);
        assertThat(get(bus().topicIds(List.of("adopted", "nowhere")))).isEqualTo(Map.of("adopted", id));
        assertThat(get(bus().tail(at)).topic()).isEqualTo(id);
        try (BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            TopicPartition unborn = new TopicPartition("unborn", 1);
            assertThat(reader.topicId(at)).isNull();
            reader.follow(unborn, 0, null);
            reader.follow(at, 1, null);
            assertThat(texts(reader, 1)).containsExactly("b");
            assertThat(reader.topicId(at)).isEqualTo(id);
            assertThat(reader.topicId(unborn)).isNull();
            reader.follow(at, 0, id);
            assertThat(texts(reader, 2)).containsExactly("a", "b");
            assertThat(reader.lost()).isEmpty();
        }
    }

    @Test
    void aTopicThatReplacedTheOneReadIsNotReadOnIn() throws Exception {
        TopicPartition at = topic("replaced");
        append(at, "a");
        TopicId before = id("replaced");
        try (BusReader living = bus().reader(Isolation.UNCOMMITTED);
                BusReader fresh = bus().reader(Isolation.UNCOMMITTED)) {
            living.follow(at, 0, before);
            assertThat(texts(living, 1)).containsExactly("a");
            replaced(at);
            TopicId now = id("replaced");
            assertThat(now).isNotEqualTo(before);
            append(at, "x", "y", "z");
            Lost lost = lost(living, at);
            assertThat(lost.reason()).isEqualTo(Reason.REPLACED);
            assertThat(lost.now()).isEqualTo(now);
            assertThat(lost.start()).isZero();
            fresh.follow(at, 1, before);
            assertThat(lost(fresh, at).reason()).isEqualTo(Reason.REPLACED);
            assertThat(fresh.poll(9)).isEmpty();
            assertThat(living.poll(9)).isEmpty();
            living.follow(at, lost.start(), lost.now());
            assertThat(living.lost()).isEmpty();
            assertThat(texts(living, 3)).containsExactly("x", "y", "z");
            assertThat(living.topicId(at)).isEqualTo(now);
        }
    }

    @Test
    void aPartitionThatEndsBelowThePositionIsNotReadOn() throws Exception {
        TopicPartition at = topic("cut");
        append(at, "a");
        append(at, "b", "c");
        try (BusReader living = bus().reader(Isolation.UNCOMMITTED)) {
            living.follow(at, 0, null);
            assertThat(texts(living, 3)).containsExactly("a", "b", "c");
            TopicId id = id("cut");
            cut(at, 1);
            Lost lost = lost(living, at);
            assertThat(lost).isEqualTo(new Lost(Reason.CUT_SHORT, 0, 1, id));
            append(at, "d", "e", "f");
            assertThat(living.poll(9)).isEmpty();
            assertThat(living.lost()).containsEntry(at, lost);
            living.follow(at, lost.end(), lost.now());
            assertThat(texts(living, 3)).containsExactly("d", "e", "f");
        }
    }

    /** Nothing need come behind it for that. */
    @Test
    void aPartitionThatEndsBelowWhatWasReadOfItIsNotReadOn() throws Exception {
        TopicPartition at = topic("cut-again");
        append(at, "a");
        append(at, "b");
        TopicId id = id("cut-again");
        try (BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            reader.follow(at, 1, 2, id);
            assertThat(texts(reader, 1)).containsExactly("b");
            append(at, "c");
            assertThat(texts(reader, 1)).containsExactly("c");
            cut(at, 1);
            reader.follow(at, 1, 2, id);
            assertThat(lost(reader, at)).isEqualTo(new Lost(Reason.CUT_SHORT, 0, 1, id));
        }
    }

    @Test
    void aPartitionThatNoLongerKeepsThePositionIsNotReadOn() throws Exception {
        TopicPartition at = topic("expired");
        append(at, "a", "b", "c");
        TopicId id = id("expired");
        expire(at, 2);
        try (BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            reader.follow(at, 1, id);
            assertThat(lost(reader, at)).isEqualTo(new Lost(Reason.EXPIRED, 2, 3, id));
            reader.follow(at, 2, id);
            assertThat(texts(reader, 1)).containsExactly("c");
        }
    }

    @Test
    void aBusThatBeginsEmptyIsNoticedByTheReadersThatLive() throws Exception {
        TopicPartition at = topic("emptied");
        append(at, "a");
        try (BusReader reader = bus().reader(Isolation.UNCOMMITTED)) {
            reader.follow(at, 0, null);
            assertThat(texts(reader, 1)).containsExactly("a");
            TopicId before = id("emptied");
            lose();
            assertThat(get(bus().topicIds(List.of("emptied")))).isEmpty();
            topic("emptied");
            append(at, "x", "y");
            Lost lost = lost(reader, at);
            assertThat(lost.reason()).isEqualTo(Reason.REPLACED);
            assertThat(lost.now()).isEqualTo(id("emptied")).isNotEqualTo(before);
            assertThat(reader.poll(9)).isEmpty();
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
