package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.RecordLink;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicatorTest {
    private static final RegionId THERE = new RegionId("there");
    private static final TableId TABLE = new TableId(new UUID(1, 2));
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final TopicPartition ONE = new TopicPartition("one", 0);
    private static final TopicPartition TWO = new TopicPartition("two", 0);
    private static final Recognition ANY = new Recognition(RecordKind.HEARTBEAT, record -> true);
    private static final Bytes GARBAGE = Bytes.wrap(new byte[] {99});

    private final MemoryBus bus = new MemoryBus();
    private long steadyMillis;
    private final BusWriter writer = bus.writer("w", OrderedBus.Fencing.NONE);
    private final HeldStore store = new HeldStore();
    private final Replicator replicator = new Replicator(
            THERE,
            bus.reader(OrderedBus.Isolation.UNCOMMITTED),
            store,
            () -> Instant.ofEpochMilli(store.nowMillis),
            () -> Instant.ofEpochMilli(steadyMillis),
            () -> {});

    /** A store in memory that can refuse a key for good, or everything for a while. */
    private static final class HeldStore implements ReplicaStore {
        final Set<TableId> tables = new HashSet<>(Set.of(TABLE));
        final Map<ItemKey, Stamp> held = new HashMap<>();
        final Map<TopicPartition, LogPosition> positions = new TreeMap<>();
        final Map<String, Bytes> documents = new TreeMap<>();

        @Nullable
        ItemKey poison;

        boolean away;
        long nowMillis = 1;

        @Override
        public CompletionStage<Void> transact(Consumer<ReplicaTransaction> work) {
            if (away) {
                return CompletableFuture.failedFuture(new StoreAwayException(new IllegalStateException("full")));
            }
            Transaction transaction = new Transaction();
            try {
                work.accept(transaction);
            } catch (RuntimeException broken) {
                return CompletableFuture.failedFuture(broken);
            }
            held.putAll(transaction.put);
            positions.putAll(transaction.next);
            return CompletableFuture.allOf();
        }

        @Override
        public Map<TopicPartition, LogPosition> positions(RegionId origin) {
            return new TreeMap<>(positions);
        }

        Map<TopicPartition, Long> offsets() {
            Map<TopicPartition, Long> offsets = new TreeMap<>();
            positions.forEach((at, place) -> offsets.put(at, place.next()));
            return offsets;
        }

        private final class Transaction implements ReplicaTransaction {
            final Map<ItemKey, Stamp> put = new HashMap<>();
            final Map<TopicPartition, LogPosition> next = new TreeMap<>();

            @Override
            public void clash(TableId table, ItemKey key, Version version) {}

            @Override
            public void transaction(@Nullable UUID id) {}

            @Override
            public boolean has(TableId table) {
                return tables.contains(table);
            }

            @Override
            public @Nullable Stamp stamp(TableId table, ItemKey key) {
                return put.getOrDefault(key, held.get(key));
            }

            @Override
            public @Nullable Bytes image(TableId table, ItemKey key) {
                return null;
            }

            @Override
            public void conflict(TableId table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {}

            @Override
            public void apply(TableId table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
                if (key.equals(poison)) {
                    throw new IllegalStateException("no");
                }
                put.put(key, stamp);
            }

            @Override
            public void restamp(TableId table, ItemKey key, Stamp stamp) {
                put.put(key, stamp);
            }

            @Override
            public VersionVector floor(TableId table) {
                return VersionVector.EMPTY;
            }

            @Override
            public Map<ItemKey, Version> purge(
                    TableId table,
                    @Nullable ItemKey after,
                    @Nullable ItemKey through,
                    Set<ItemKey> kept,
                    VersionVector seen) {
                return Map.of();
            }

            @Override
            public void position(RegionId origin, TopicPartition at, LogPosition place) {
                next.put(at, place);
            }

            @Override
            public Optional<Bytes> document(String space, String key) {
                return Optional.ofNullable(documents.get(space + "/" + key));
            }

            @Override
            public int documents(String space) {
                return (int) documents.keySet().stream()
                        .filter(name -> name.startsWith(space + "/"))
                        .count();
            }

            @Override
            public void document(String space, String key, @Nullable Bytes value) {
                documents.put(space + "/" + key, value);
            }
        }
    }

    @BeforeEach
    void open() {
        bus.ensureTopic(new TopicSpec("one", 1, 1, false));
        bus.ensureTopic(new TopicSpec("two", 1, 1, false));
        writer.open();
    }

    private static AttributeValue text(String value) {
        return new AttributeValue.S(value);
    }

    private static ItemKey key(String pk) {
        return ItemKey.of(text(pk), null);
    }

    private static Bytes item(Map<String, AttributeValue> attributes) {
        return Bytes.wrap(ItemCodec.encode(Item.of(attributes)));
    }

    private static Bytes change(ItemKey key, @Nullable Bytes image, HybridTimestamp time) {
        Stamp stamp = new Stamp(new Version(time, THERE), VersionVector.EMPTY);
        return Bytes.wrap(ChangeCodec.encode(new Change(
                TABLE, new SequenceNumber(1), Set.of(Lane.REPLICATION), Cause.USER, stamp, key, image, null, 1)));
    }

    private void append(TopicPartition at, Bytes value) {
        writer.append(List.of(BusRecord.outgoing(at, 1, null, value, new TreeMap<>())));
    }

    /** What a Meridian wrote, with other bytes than it wrote. */
    private void appendDamaged(TopicPartition at) {
        TreeMap<String, String> headers = new TreeMap<>();
        Recognition.mark(RecordKind.CHANGE, null, Bytes.wrap(new byte[] {98}), headers);
        writer.append(List.of(BusRecord.outgoing(at, 1, null, GARBAGE, headers)));
    }

    private void appendPut(TopicPartition at, String pk) {
        append(at, change(key(pk), item(Map.of("pk", text(pk))), new HybridTimestamp(1)));
    }

    private void turn() {
        for (int i = 0; i < 40; i++) {
            replicator.turn();
        }
    }

    private Alarm onlyAlarm() {
        assertThat(replicator.alarms()).hasSize(1);
        return replicator.alarms().get(0);
    }

    @Test
    void aPartitionThatCannotBeReadStopsWithAnAlarmAndDoesNotStopTheOthers() {
        for (int i = 0; i < 3_000; i++) {
            appendDamaged(ONE);
        }
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        List<BusRecord> heard = new ArrayList<>();
        replicator.listen(TWO, 0, ANY, heard::add);
        turn();
        append(TWO, GARBAGE);
        turn();
        assertThat(heard).hasSize(1);
        Alarm alarm = onlyAlarm();
        assertThat(alarm.kind()).isEqualTo(Alarm.Kind.UNREADABLE);
        assertThat(alarm.at()).isEqualTo(ONE);
        assertThat(alarm.offset()).isZero();
    }

    /** Of bytes that are as they were written. */
    @Test
    void aRecordWithABrokenHeaderStopsItsPartitionAndNoOther() {
        Map<String, String> right = Map.of(
                Headers.LIFE, new Life(1).toString(), Headers.VERSION, "0000000000000001@there", Headers.SEQUENCE, "1");
        Bytes value = change(key("a"), item(Map.of("pk", text("a"))), new HybridTimestamp(1));
        for (String header : List.of(Headers.LIFE, Headers.VERSION, Headers.SEQUENCE)) {
            TopicPartition at = new TopicPartition("broken-" + header, 0);
            bus.ensureTopic(new TopicSpec(at.topic(), 1, 1, false));
            TreeMap<String, String> headers = new TreeMap<>(right);
            headers.put(header, "?");
            writer.append(List.of(BusRecord.outgoing(at, 1, null, value, headers)));
            replicator.follow(at, TABLE, SCHEMA, Ignored.NOTHING);
        }
        appendPut(TWO, "b");
        replicator.follow(TWO, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(store.held).containsOnlyKeys(key("b"));
        assertThat(replicator.alarms()).hasSize(3).allMatch(alarm -> alarm.kind() == Alarm.Kind.UNREADABLE);
    }

    @Test
    void whatNoMeridianWroteIsPassedOverAndKept() {
        append(ONE, Bytes.wrap(new byte[] {1, 2, 3, 4}));
        appendPut(ONE, "a");
        append(ONE, GARBAGE);
        appendPut(ONE, "b");
        append(ONE, Bytes.wrap(new byte[SetAside.BYTES_MAX + 1]));
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(store.held).containsOnlyKeys(key("a"), key("b"));
        assertThat(store.offsets()).containsEntry(ONE, 5L);
        assertThat(replicator.alarms()).isEmpty();
        assertThat(replicator.setAside()).isEqualTo(3);
        List<SetAside> kept =
                store.documents.values().stream().map(SetAside::decode).toList();
        assertThat(kept).extracting(SetAside::offset).containsExactly(0L, 2L, 4L);
        assertThat(kept.get(0).value()).isEqualTo(Bytes.wrap(new byte[] {1, 2, 3, 4}));
        assertThat(kept.get(2).value().length()).isEqualTo(SetAside.BYTES_MAX);
        assertThat(kept.get(2).valueBytes()).isEqualTo(SetAside.BYTES_MAX + 1);
    }

    @Test
    void junkWithoutEndIsOnlyCountedBeyondTheLimit() {
        for (int i = 0; i < SetAside.KEPT_MAX + 50; i++) {
            append(ONE, GARBAGE);
        }
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(store.documents).hasSize(SetAside.KEPT_MAX);
        assertThat(replicator.setAside()).isEqualTo(SetAside.KEPT_MAX + 50);
        assertThat(store.offsets()).containsEntry(ONE, SetAside.KEPT_MAX + 50L);
    }

    @Test
    void aDamagedRecordStopsItsPartitionBehindAllThatCameBefore() {
        appendPut(ONE, "a");
        appendDamaged(ONE);
        appendPut(ONE, "b");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(store.held).containsOnlyKeys(key("a"));
        assertThat(onlyAlarm())
                .isEqualTo(new Alarm(Alarm.Kind.UNREADABLE, ONE, 1, "the record is damaged: its checksum differs"));
    }

    @Test
    void aRecordThatItsListenerCannotReadStopsWhatItListensTo() {
        List<Long> heard = new ArrayList<>();
        replicator.listen(ONE, 0, ANY, record -> {
            if (record.offset() == 1) {
                throw new IllegalArgumentException("what is this");
            }
            heard.add(record.offset());
        });
        append(ONE, GARBAGE);
        append(ONE, GARBAGE);
        append(ONE, GARBAGE);
        turn();
        assertThat(heard).containsExactly(0L);
        assertThat(onlyAlarm()).isEqualTo(new Alarm(Alarm.Kind.UNREADABLE, ONE, 1, "what is this"));
    }

    @Test
    void theOneRecordThatTheStoreRefusesForGoodStopsItsPartitionAndAllElseIsApplied() {
        store.poison = key("b");
        appendPut(ONE, "a");
        appendPut(ONE, "b");
        appendPut(ONE, "c");
        appendPut(TWO, "d");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        replicator.follow(TWO, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        appendPut(TWO, "e");
        turn();
        assertThat(store.held).containsOnlyKeys(key("a"), key("d"), key("e"));
        assertThat(store.offsets()).containsEntry(ONE, 1L).containsEntry(TWO, 2L);
        Alarm alarm = onlyAlarm();
        assertThat(alarm.at()).isEqualTo(ONE);
        assertThat(alarm.offset()).isEqualTo(1);
        assertThat(alarm.reason()).contains("no");
    }

    @Test
    void aStoreThatIsFullIsAskedAgainLater() {
        store.away = true;
        appendPut(ONE, "a");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(store.held).isEmpty();
        assertThat(replicator.alarms()).isEmpty();
        store.away = false;
        steadyMillis += 1_000;
        turn();
        assertThat(store.held).containsOnlyKeys(key("a"));
    }

    @Test
    void aRecordThatDoesNotFitTheTableStopsThePartitionBeforeAnythingIsApplied() {
        HybridTimestamp time = new HybridTimestamp(1);
        AttributeValue number = AttributeValue.N.of(1);
        List<Bytes> misfits = List.of(
                change(key("a"), item(Map.of("other", text("a"))), time),
                change(key("a"), item(Map.of("pk", number)), time),
                change(key("a"), item(Map.of("pk", text("b"))), time),
                change(ItemKey.of(text("a"), text("b")), null, time),
                change(new ItemKey(Bytes.wrap(new byte[] {-1}), null), null, time),
                change(new ItemKey(Bytes.wrap(new byte[0]), null), null, time),
                change(key("a"), GARBAGE, time));
        for (int i = 0; i < misfits.size(); i++) {
            TopicPartition at = new TopicPartition("misfit" + i, 0);
            bus.ensureTopic(new TopicSpec(at.topic(), 1, 1, false));
            append(at, misfits.get(i));
            replicator.follow(at, TABLE, SCHEMA, Ignored.NOTHING);
        }
        turn();
        assertThat(store.held).isEmpty();
        assertThat(store.offsets()).isEmpty();
        assertThat(replicator.alarms()).hasSize(misfits.size());
    }

    private void appendVersioned(TopicPartition at, String pk, long millis) {
        HybridTimestamp time = HybridTimestamp.ofMillis(millis);
        Map<String, String> headers =
                Map.of(Headers.VERSION, Headers.text(new Version(time, THERE)), Headers.LIFE, new Life(7).toString());
        Bytes value = change(key(pk), item(Map.of("pk", text(pk))), time);
        writer.append(List.of(BusRecord.outgoing(at, 1, null, value, new TreeMap<>(headers))));
    }

    /** The region has rejoined, and its topic is another one: all that counts is in it. */
    @Test
    void aTopicThatIsReadFromItsBeginningAgainLosesNothingThatHadArrivedBefore() {
        store.positions.put(ONE, new LogPosition(1, null, new RecordLink(5, 5)));
        appendVersioned(ONE, "a", 1);
        appendVersioned(ONE, "b", 200);
        appendVersioned(ONE, "c", 300);
        replicator.follow(ONE, TABLE, SCHEMA, new Ignored(HybridTimestamp.ofMillis(100), List.of()));
        turn();
        assertThat(replicator.alarms()).isEmpty();
        assertThat(store.held).containsOnlyKeys(key("b"), key("c"));
        assertThat(store.offsets()).containsEntry(ONE, 3L);
    }

    @Test
    void aClockThatIsSetMakesNobodySilent() {
        steadyMillis += 9_000;
        assertThat(replicator.silentMillis()).isEqualTo(9_000);
        VersionVector none = VersionVector.EMPTY;
        replicator.heard(
                new Heartbeat(
                        HybridTimestamp.ZERO, new TreeMap<>(), 0, none, new TreeMap<>(), new TreeMap<>(), null, null),
                0,
                0,
                new RegionId("here"));
        steadyMillis += 200;
        for (long set : List.of(3_600_000L, -7_200_000L)) {
            store.nowMillis += set;
            assertThat(replicator.silentMillis()).isEqualTo(200);
        }
    }

    @Test
    void whatIsPendingIsNotKnownWhileTheRegionIsNotHeard() {
        appendPut(ONE, "a");
        appendPut(ONE, "b");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        assertThat(replicator.pending()).isEmpty();
        hearEnd(7);
        assertThat(replicator.pending()).hasValue(5);
        steadyMillis += 3_001;
        assertThat(replicator.pending()).isEmpty();
        hearEnd(2);
        assertThat(replicator.pending()).hasValue(0);
        bus.down();
        assertThat(replicator.pending()).isEmpty();
    }

    @Test
    void whatAHeartbeatThatWaitsForTheClockSaysIsPendingCounts() {
        appendPut(ONE, "a");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        turn();
        hearEnd(1);
        hear(HybridTimestamp.ofMillis(60_000), 9);
        assertThat(replicator.pending()).hasValue(8);
    }

    private void hearEnd(long end) {
        hear(HybridTimestamp.ZERO, end);
    }

    private void hear(HybridTimestamp mark, long end) {
        TreeMap<TopicPartition, Long> ends = new TreeMap<>(Map.of(ONE, end));
        replicator.heard(
                new Heartbeat(mark, ends, 0, VersionVector.EMPTY, new TreeMap<>(), new TreeMap<>(), null, null),
                0,
                0,
                new RegionId("here"));
    }

    @Test
    void aTableThatWasDroppedMeanwhileGetsNoPosition() {
        appendPut(ONE, "a");
        replicator.follow(ONE, TABLE, SCHEMA, Ignored.NOTHING);
        store.tables.clear();
        turn();
        assertThat(store.held).isEmpty();
        assertThat(store.offsets()).isEmpty();
    }

    @Test
    void whatAMakerMakesObeysTheClockBoundToo() {
        List<Long> done = new ArrayList<>();
        replicator.follow(
                ONE,
                TABLE,
                record ->
                        new Replicator.Work(HybridTimestamp.ofMillis(5_000), transaction -> done.add(record.offset())));
        append(ONE, GARBAGE);
        turn();
        assertThat(done).isEmpty();
        assertThat(onlyAlarm().kind()).isEqualTo(Alarm.Kind.CLOCK_AHEAD);
        store.nowMillis = 5_000;
        turn();
        assertThat(done).containsExactly(0L);
        assertThat(replicator.alarms()).isEmpty();
    }
}
