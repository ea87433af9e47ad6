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
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
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
    private static final Bytes GARBAGE = Bytes.wrap(new byte[] {99});

    private final MemoryBus bus = new MemoryBus();
    private final BusWriter writer = bus.writer("w", OrderedBus.Fencing.NONE);
    private final HeldStore store = new HeldStore();
    private final Replicator replicator = new Replicator(
            THERE,
            bus.reader(OrderedBus.Isolation.UNCOMMITTED),
            store,
            () -> Instant.ofEpochMilli(store.nowMillis),
            () -> {});

    /** A store in memory that can refuse a key for good, or everything for a while. */
    private static final class HeldStore implements ReplicaStore {
        final Set<TableId> tables = new HashSet<>(Set.of(TABLE));
        final Map<ItemKey, Stamp> held = new HashMap<>();
        final Map<TopicPartition, Long> positions = new TreeMap<>();

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
        public Map<TopicPartition, Long> positions(RegionId origin) {
            return new TreeMap<>(positions);
        }

        private final class Transaction implements ReplicaTransaction {
            final Map<ItemKey, Stamp> put = new HashMap<>();
            final Map<TopicPartition, Long> next = new TreeMap<>();

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
            public void purge(
                    TableId table,
                    @Nullable ItemKey after,
                    @Nullable ItemKey through,
                    Set<ItemKey> kept,
                    VersionVector seen) {}

            @Override
            public void position(RegionId origin, TopicPartition at, long offset) {
                next.put(at, offset);
            }

            @Override
            public Optional<Bytes> document(String space, String key) {
                return Optional.empty();
            }

            @Override
            public void document(String space, String key, @Nullable Bytes value) {}
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
            append(ONE, GARBAGE);
        }
        replicator.follow(ONE, TABLE, SCHEMA, HybridTimestamp.ZERO);
        List<BusRecord> heard = new ArrayList<>();
        replicator.listen(TWO, 0, heard::add);
        turn();
        append(TWO, GARBAGE);
        turn();
        assertThat(heard).hasSize(1);
        Alarm alarm = onlyAlarm();
        assertThat(alarm.kind()).isEqualTo(Alarm.Kind.UNREADABLE);
        assertThat(alarm.at()).isEqualTo(ONE);
        assertThat(alarm.offset()).isZero();
    }

    @Test
    void aRecordThatItsListenerCannotReadStopsWhatItListensTo() {
        List<Long> heard = new ArrayList<>();
        replicator.listen(ONE, 0, record -> {
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
        replicator.follow(ONE, TABLE, SCHEMA, HybridTimestamp.ZERO);
        replicator.follow(TWO, TABLE, SCHEMA, HybridTimestamp.ZERO);
        turn();
        appendPut(TWO, "e");
        turn();
        assertThat(store.held).containsOnlyKeys(key("a"), key("d"), key("e"));
        assertThat(store.positions).containsEntry(ONE, 1L).containsEntry(TWO, 2L);
        Alarm alarm = onlyAlarm();
        assertThat(alarm.at()).isEqualTo(ONE);
        assertThat(alarm.offset()).isEqualTo(1);
        assertThat(alarm.reason()).contains("no");
    }

    @Test
    void aStoreThatIsFullIsAskedAgainLater() {
        store.away = true;
        appendPut(ONE, "a");
        replicator.follow(ONE, TABLE, SCHEMA, HybridTimestamp.ZERO);
        turn();
        assertThat(store.held).isEmpty();
        assertThat(replicator.alarms()).isEmpty();
        store.away = false;
        store.nowMillis += 1_000;
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
            replicator.follow(at, TABLE, SCHEMA, HybridTimestamp.ZERO);
        }
        turn();
        assertThat(store.held).isEmpty();
        assertThat(store.positions).isEmpty();
        assertThat(replicator.alarms()).hasSize(misfits.size());
    }

    @Test
    void aTableThatWasDroppedMeanwhileGetsNoPosition() {
        appendPut(ONE, "a");
        replicator.follow(ONE, TABLE, SCHEMA, HybridTimestamp.ZERO);
        store.tables.clear();
        turn();
        assertThat(store.held).isEmpty();
        assertThat(store.positions).isEmpty();
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
