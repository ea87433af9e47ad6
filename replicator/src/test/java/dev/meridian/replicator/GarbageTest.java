package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Life;
import dev.meridian.model.Property;
import dev.meridian.model.RandomValues;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.Stamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.ValueSize;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.replicator.SharedSettings.Capacity;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.ConflictCodec;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.RecordLink;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.SequenceNumbers;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.consumer.ChangeRecord;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever stands where something encoded should be, its decoder answers it or refuses it with an {@link
 * IllegalArgumentException}, which stops one partition; anything else would stop the whole reader. What it answers can be
 * encoded again, and takes no more memory than the bytes warrant.
 */
class GarbageTest {
    private static final int CASES = 3_000;
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final Bytes KEY = Bytes.wrap(utf8("k"));
    private static final TopicPartition AT = new TopicPartition("meridian.a.t.replication", 0);

    /** Trees, parsers and messages: many times the bytes, but no more than that. */
    private static final long MEMORY_PER_BYTE = 1_000;

    private static final long MEMORY_MIN = 4L << 20;

    private static final String[] PIECES = {
        "null",
        "true",
        "-1",
        "1e999999999",
        "-99999999999999999999",
        "9223372036854775807",
        "[]",
        "{}",
        "[{}]",
        "[[1]]",
        "{\"S\":1}",
        "{\"N\":null}",
        "{\"NS\":[1]}",
        "\"\"",
        "\"é\"",
        "-",
        ":",
        "@",
        "\u0000",
        "\uFFFD"
    };

    private interface Sample {
        byte[] make(RandomGenerator random);
    }

    private interface Decoder {
        void decode(byte[] bytes);
    }

    private record Case(String name, Sample sample, Decoder decoder) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case text(String name, String sample, java.util.function.Consumer<String> decoder) {
        return new Case(name, random -> utf8(sample), bytes -> decoder.accept(text(bytes)));
    }

    private static Case header(String header, String sample, java.util.function.Consumer<BusRecord> decoder) {
        return text("header " + header, sample, text -> decoder.accept(record(null, Map.of(header, text))));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static BusRecord record(byte @org.jspecify.annotations.Nullable [] value, Map<String, String> headers) {
        return new BusRecord(AT, 0, 1, KEY, value == null ? null : Bytes.wrap(value), new TreeMap<>(headers));
    }

    private static Version version(long time, RegionId region) {
        return new Version(new HybridTimestamp(time), region);
    }

    private static Change change(RandomGenerator random) {
        Bytes image = random.nextInt(4) == 0 ? null : Bytes.wrap(ItemCodec.encode(RandomValues.item(random)));
        return new Change(
                new TableId(new UUID(1, 2)),
                new SequenceNumber(random.nextLong(1L << 60)),
                EnumSet.of(Lane.REPLICATION),
                Cause.USER,
                new Stamp(version(random.nextLong(1L << 60), A), VersionVector.EMPTY.with(version(7, B))),
                new ItemKey(RandomValues.bytes(random, 9), random.nextBoolean() ? null : RandomValues.bytes(random, 9)),
                image,
                image == null ? null : image.withMiddle(0, RandomValues.bytes(random, 9), image.length() / 2),
                random.nextLong(1L << 45),
                random.nextBoolean() ? Change.MILLISECOND : random.nextInt(1_000),
                true,
                random.nextBoolean() ? null : new UUID(3, 4));
    }

    private static Conflict conflict(RandomGenerator random) {
        return new Conflict(
                random.nextLong(1, 1L << 40),
                A,
                5,
                new TableId(new UUID(1, 2)),
                "orders",
                new KeySchema(
                        new KeyAttribute("pk", ScalarType.S),
                        random.nextBoolean() ? null : new KeyAttribute("sk", ScalarType.N)),
                new ItemKey(RandomValues.bytes(random, 9), null),
                new Conflict.Write(version(9, A), RandomValues.bytes(random, 30)),
                new Conflict.Write(version(8, B), null));
    }

    private static StoreHistory history() {
        return StoreHistory.begin(new Incarnation(new UUID(5, 6)), new Life(1), new HybridTimestamp(2))
                .opened(new Life(3), new HybridTimestamp(4));
    }

    private static SeenHistory seen() {
        return SeenHistory.NONE.with(new Life(1), new HybridTimestamp(2)).with(new Life(3), new HybridTimestamp(4));
    }

    private static Heartbeat heartbeat() {
        return new Heartbeat(
                new HybridTimestamp(5),
                new TreeMap<>(Map.of(AT, 7L)),
                3,
                VersionVector.EMPTY.with(version(4, B)),
                new TreeMap<>(Map.of(B, -2L)),
                new TreeMap<>(Map.of(B, new Life(3))),
                new StoreIdentity(
                        A,
                        history(),
                        new HybridTimestamp(9),
                        new TreeMap<>(Map.of(AT.topic(), new TopicId(new UUID(7, 8)))),
                        new TreeMap<>(Map.of(B, seen()))),
                "http://127.0.0.1:8001");
    }

    private static <T> Latest<T> latest(T value) {
        return new Latest<>(version(1, A), value);
    }

    private static GlobalTable globalTable() {
        return new GlobalTable(
                        new TableId(new UUID(1, 2)),
                        "table",
                        new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                        2,
                        new SharedSettings(
                                latest(new Capacity(false, 5, 6, -1, -1)),
                                latest(Optional.of("expiry")),
                                latest(true),
                                latest(Optional.empty()),
                                latest("STANDARD"),
                                latest(Optional.of("KEYS_ONLY")),
                                new TreeMap<>(Map.of("gone", latest(Optional.empty()))),
                                List.of()),
                        new TreeMap<>(Map.of(A, Member.first(version(1, A)))),
                        new TreeMap<>(Map.of("write", latest("{}"))))
                .withVoided(A, new Voided(new HybridTimestamp(1), new HybridTimestamp(2), new SequenceNumber(5)));
    }

    private static LogPosition position(RandomGenerator random) {
        return new LogPosition(
                random.nextLong(1L << 60),
                random.nextBoolean() ? null : new TopicId(new UUID(1, 2)),
                random.nextBoolean() ? null : new RecordLink(random.nextLong(1L << 60), random.nextInt()),
                random.nextBoolean() ? null : new Life(5),
                new HybridTimestamp(6));
    }

    private static byte[] encoded(LogPosition position) {
        ByteSink out = new ByteSink();
        position.encode(out);
        return out.toArray();
    }

    private static final String SET_ASIDE =
            "{\"format\":1,\"partitionTopic\":\"t\",\"partition\":0,\"offset\":5,\"topicId\":\"AAAAAAAAAAEAAAAAAAAAAg\","
                    + "\"timestamp\":1,\"keyBytes\":1,\"key\":\"aw==\",\"valueBytes\":1,\"value\":\"dg==\"}";

    private static final String EVENT = "{\"awsRegion\":\"a\",\"eventID\":\"1\",\"eventName\":\"MODIFY\","
            + "\"tableName\":\"t\",\"dynamodb\":{\"ApproximateCreationDateTime\":5,\"Keys\":{\"pk\":{\"S\":\"k\"}},"
            + "\"NewImage\":{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"1.5\"},\"b\":{\"B\":\"aw==\"},\"t\":{\"BOOL\":true},"
            + "\"z\":{\"NULL\":true},\"l\":{\"L\":[{\"N\":\"1\"}]},\"m\":{\"M\":{\"x\":{\"S\":\"y\"}}},"
            + "\"ss\":{\"SS\":[\"a\"]},\"ns\":{\"NS\":[\"1\"]},\"bs\":{\"BS\":[\"aw==\"]}},\"SizeBytes\":9}}";

    private static final Map<String, String> EVENT_HEADERS = Map.of(
            Headers.TABLE_ID,
            new UUID(1, 2).toString(),
            Headers.CAUSE,
            "user",
            Headers.VERSION,
            "0000000000000005@a",
            Headers.SEQUENCE,
            "7",
            Headers.TRANSACTION_ID,
            new UUID(3, 4).toString());

    private static Case eventHeader(String header) {
        return text("event's header " + header, String.valueOf(EVENT_HEADERS.get(header)), text -> {
            TreeMap<String, String> headers = new TreeMap<>(EVENT_HEADERS);
            headers.put(header, text);
            ChangeRecord.of(record(utf8(EVENT), headers));
        });
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case(
                "change",
                random -> ChangeCodec.encode(change(random)),
                bytes -> ChangeCodec.encode(ChangeCodec.decode(ByteBuffer.wrap(bytes)))));
        cases.add(new Case(
                "conflict",
                random -> ConflictCodec.encode(conflict(random)),
                bytes -> ConflictCodec.encode(ConflictCodec.decode(ByteBuffer.wrap(bytes)))));
        cases.add(new Case(
                "item",
                random -> ItemCodec.encode(RandomValues.item(random)),
                bytes -> ItemCodec.encode(ItemCodec.decode(bytes))));
        cases.add(new Case(
                "size of an item",
                random -> ItemCodec.encode(RandomValues.item(random)),
                bytes -> ValueSize.ofItem(ByteBuffer.wrap(bytes))));
        cases.add(new Case(
                "store history",
                random -> history().encode(),
                bytes -> StoreHistory.decode(ByteBuffer.wrap(bytes)).encode()));
        cases.add(new Case(
                "seen history",
                random -> seen().encode(),
                bytes -> SeenHistory.decode(ByteBuffer.wrap(bytes)).encode()));
        cases.add(new Case(
                "position",
                random -> encoded(position(random)),
                bytes -> encoded(LogPosition.decode(ByteBuffer.wrap(bytes)))));
        cases.add(new Case(
                "heartbeat",
                random -> heartbeat().encode().toArray(),
                bytes -> Heartbeat.decode(Bytes.wrap(bytes)).encode()));
        cases.add(new Case(
                "heartbeat's shape",
                random -> heartbeat().encode().toArray(),
                bytes -> Heartbeat.hasShape(Bytes.wrap(bytes))));
        cases.add(new Case(
                "global table",
                random -> globalTable().encode().toArray(),
                bytes -> GlobalTable.decode(Bytes.wrap(bytes)).encode()));
        cases.add(new Case(
                "record set aside",
                random -> utf8(SET_ASIDE),
                bytes -> SetAside.decode(Bytes.wrap(bytes))
                        .write(new com.fasterxml.jackson.databind.ObjectMapper().createObjectNode())));
        cases.add(new Case(
                "event",
                random -> utf8(EVENT),
                bytes -> ItemCodec.encode(
                        ChangeRecord.of(record(bytes, EVENT_HEADERS)).keys())));
        EVENT_HEADERS.keySet().stream().sorted().forEach(header -> cases.add(eventHeader(header)));
        cases.add(new Case(
                "junk or a change",
                random -> ChangeCodec.encode(change(random)),
                bytes -> Recognition.ofChanges().isJunk(record(bytes, Map.of()))));
        TreeMap<String, String> mark = new TreeMap<>();
        Recognition.mark(RecordKind.CHANGE, KEY, null, mark);
        cases.add(
                header(Headers.MERIDIAN, String.valueOf(mark.get(Headers.MERIDIAN)), Recognition.ofChanges()::isJunk));
        cases.add(header(Headers.SEQUENCE, "17", RecordLink::of));
        cases.add(header(Headers.AFTER, "17:0a0b0c0d", RecordLink::before));
        cases.add(text("version", "0000000000000005@a", Headers::version));
        cases.add(text("life", "0123456789abcdef", Life::parse));
        cases.add(text("topic's id", "AAAAAAAAAAEAAAAAAAAAAg", TopicId::parse));
        cases.add(text("table's id", new UUID(1, 2).toString(), TableId::parse));
        cases.add(text("incarnation", new UUID(1, 2).toString(), Incarnation::parse));
        cases.add(text("sequence number", "100000000000000000007", SequenceNumbers::parse));
        cases.add(text("cause", "user", Cause::named));
        return cases.stream();
    }

    /** Bytes that nobody wrote, or what was written with something cut off, changed, put in, or repeated. */
    private static byte[] garbage(Sample sample, RandomGenerator random) {
        if (random.nextInt(8) == 0) {
            return RandomValues.bytes(random, 100).toArray();
        }
        byte[] bytes = sample.make(random);
        for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
            int at = random.nextInt(bytes.length + 1);
            int gone = random.nextInt(Math.min(4, bytes.length - at) + 1);
            byte[] put =
                    switch (random.nextInt(6)) {
                        case 0 -> new byte[0];
                        case 1 -> varint(random);
                        case 2, 3 -> utf8(PIECES[random.nextInt(PIECES.length)]);
                        case 4 -> java.util.Arrays.copyOfRange(bytes, 0, at);
                        default -> RandomValues.bytes(random, 4).toArray();
                    };
            int end = random.nextInt(10) == 0 ? at : bytes.length;
            ByteSink out = new ByteSink();
            out.put(ByteBuffer.wrap(bytes, 0, at)).put(put);
            if (end > at + gone) {
                out.put(valueOrRest(bytes, at + gone, random));
            }
            bytes = out.toArray();
        }
        return bytes;
    }

    /** Now and then a whole value of JSON is gone, so that what was put in stands for it. */
    private static ByteBuffer valueOrRest(byte[] bytes, int from, RandomGenerator random) {
        int start = from;
        while (random.nextBoolean() && start < bytes.length && bytes[start] != ',' && bytes[start] != '}') {
            start++;
        }
        return ByteBuffer.wrap(bytes, start, bytes.length - start);
    }

    private static byte[] varint(RandomGenerator random) {
        byte[] most = new byte[random.nextInt(1, 11)];
        java.util.Arrays.fill(most, (byte) 0xFF);
        most[most.length - 1] = (byte) random.nextInt(128);
        return most;
    }

    private static boolean isAnswered(Decoder decoder, byte[] bytes) {
        try {
            decoder.decode(bytes);
            return true;
        } catch (IllegalArgumentException expected) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isAnsweredOrRefusedAndNothingElseHappens(Case each) {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int checked = Property.holds(CASES, random -> {
            byte[] bytes = garbage(each.sample, random);
            long before = memory.getCurrentThreadAllocatedBytes();
            boolean answered = isAnswered(each.decoder, bytes);
            assertThat(memory.getCurrentThreadAllocatedBytes() - before)
                    .as("memory of what was %s", answered ? "answered" : "refused")
                    .isLessThan(MEMORY_MIN + MEMORY_PER_BYTE * bytes.length);
        });
        assertThat(checked).isPositive();
    }

    @Test
    void theSamplesAreAnswered() {
        Set<String> answered = new java.util.TreeSet<>();
        cases().forEach(each -> Property.holds(20, random -> {
            each.decoder.decode(each.sample.make(random));
            answered.add(each.name);
        }));
        assertThat(answered).hasSize((int) cases().count());
    }

    /** One attribute whose value is a list in a list and so on, each of which announces what is left. */
    private static byte[] nested(int levels, int announced) {
        ByteSink out = new ByteSink();
        out.putVarint(1).putText("a");
        for (int level = 0; level < levels; level++) {
            out.put((byte) 7).putVarint(announced);
        }
        return out.put(new byte[announced]).toArray();
    }

    @Test
    void nestingHasAnEnd() {
        byte[] deep = nested(200_000, 1);
        assertThatThrownBy(() -> ItemCodec.decode(deep)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ValueSize.ofItem(ByteBuffer.wrap(deep))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsAnnouncedTakesNoMemory() {
        byte[] announcing = nested(50, 1 << 20);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> ItemCodec.decode(announcing)).isInstanceOf(IllegalArgumentException.class);
        assertThat(memory.getCurrentThreadAllocatedBytes() - before).isLessThan(2L << 20);
    }

    /** To make a number of so many digits takes minutes. */
    @Test
    void aNumberHasNoMoreDigitsThanDynamoDBs() {
        byte[] digits = new byte[10_000];
        java.util.Arrays.fill(digits, (byte) 12);
        byte[] item = new ByteSink()
                .putVarint(1)
                .putText("a")
                .put((byte) 2)
                .put((byte) 2)
                .put((byte) 130)
                .put(digits)
                .put((byte) 0)
                .toArray();
        assertThatThrownBy(() -> ItemCodec.decode(item)).hasMessageContaining("digits");
        assertThatThrownBy(() -> ValueSize.ofItem(ByteBuffer.wrap(item))).hasMessageContaining("digits");
    }
}
