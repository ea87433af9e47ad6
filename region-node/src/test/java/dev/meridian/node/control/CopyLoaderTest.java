package dev.meridian.node.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.Stamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CopyLoaderTest {
    private static final TableId TABLE = new TableId(new UUID(1, 2));
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final HybridTimestamp TIME = new HybridTimestamp(7);
    private static final Stamp STAMP = new Stamp(new Version(TIME, new RegionId("there")), VersionVector.EMPTY);

    private static final RegionId HERE = new RegionId("here");
    private static final RegionId THERE = new RegionId("there");
    private static final String LOAD_ID = "load";

    private CopyLoader loader = loader(false);
    private static final StoreHistory HISTORY =
            StoreHistory.begin(new Incarnation(new UUID(3, 4)), new Life(5), HybridTimestamp.ZERO);

    private final Memory memory = new Memory();

    private static final class Memory implements ReplicaTransaction {
        final Map<ItemKey, Stamp> held = new HashMap<>();
        final Map<String, Bytes> documents = new HashMap<>();

        @Override
        public void clash(TableId table, ItemKey key, Version version) {}

        @Override
        public void transaction(@Nullable UUID id) {}

        @Override
        public boolean has(TableId table) {
            return true;
        }

        @Override
        public @Nullable Stamp stamp(TableId table, ItemKey key) {
            return held.get(key);
        }

        @Override
        public @Nullable Bytes image(TableId table, ItemKey key) {
            return null;
        }

        @Override
        public void conflict(TableId table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {}

        @Override
        public void apply(TableId table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
            held.put(key, stamp);
        }

        @Override
        public void restamp(TableId table, ItemKey key, Stamp stamp) {
            held.put(key, stamp);
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
        public void position(RegionId origin, TopicPartition at, LogPosition place) {}

        @Override
        public Optional<Bytes> document(String space, String key) {
            return Optional.ofNullable(documents.get(space));
        }

        @Override
        public int documents(String space) {
            return documents.containsKey(space) ? 1 : 0;
        }

        @Override
        public void document(String space, String key, @Nullable Bytes value) {
            if (value == null) {
                documents.remove(space);
            } else {
                documents.put(space, value);
            }
        }
    }

    private static ItemKey key(String pk) {
        return ItemKey.of(new AttributeValue.S(pk), null);
    }

    private static Versioned tombstone(String pk) {
        return new Versioned(key(pk), STAMP, null);
    }

    private static CopyLoader loader(boolean hasItsOwn) {
        LoadRule rule = new LoadRule(HERE, THERE, VersionVector.EMPTY, SeenHistory.NONE, null, hasItsOwn);
        return new CopyLoader(TABLE, "table", SCHEMA, LOAD_ID, rule);
    }

    /** This region's membership calls its load so. */
    private void loading(String loadId) {
        Version version = STAMP.version();
        TableDescriptor local = new TableDescriptor(
                1, TABLE, "table", SCHEMA, TableStatus.ACTIVE, true, 1, TableSettings.ON_DEMAND, 0, List.of());
        GlobalTable table = new GlobalTable(
                TABLE,
                "table",
                SCHEMA,
                1,
                SettingsShared.of(local, Optional.empty(), version),
                new TreeMap<>(Map.of(HERE, Member.created(version, THERE, loadId, null))),
                new TreeMap<>());
        memory.documents.put(Memberships.SPACE, table.encode());
    }

    @BeforeEach
    void isLoading() {
        loading(LOAD_ID);
    }

    private Replicator.Work make(CopyRecord record) {
        return loader.make(
                BusRecord.outgoing(new TopicPartition("copy", 0), 1, null, record.encode(), new TreeMap<>()));
    }

    private void load(CopyRecord record) {
        make(record).step().run(memory);
    }

    @Test
    void aCopyIsCompleteOnlyIfAllItsEntriesArrived() {
        load(new CopyRecord.Begin(1, 3, List.of(), VersionVector.EMPTY, VersionVector.EMPTY, HISTORY));
        load(new CopyRecord.Chunk(1, null, List.of(tombstone("a"), tombstone("b")), VersionVector.EMPTY));
        assertThatThrownBy(() -> load(new CopyRecord.End(1, 3, null, VersionVector.EMPTY)))
                .hasMessageContaining("had 3 entries, 2 arrived");
        assertThat(memory.documents).doesNotContainKey(CopyLoader.ENDED);
        load(new CopyRecord.End(1, 2, null, VersionVector.EMPTY));
        assertThat(memory.documents).containsKey(CopyLoader.ENDED);
        assertThat(memory.held).containsOnlyKeys(key("a"), key("b"));
    }

    /** A source that was put back has the write, and no longer the delete behind it. */
    @Test
    void whatARegionWroteItselfAndNoLongerHasDoesNotComeBack() {
        Stamp own = new Stamp(new Version(TIME, HERE), VersionVector.EMPTY);
        List<Versioned> entries = List.of(new Versioned(key("a"), own, null), tombstone("b"));
        load(new CopyRecord.Begin(1, 2, List.of(), VersionVector.EMPTY, VersionVector.EMPTY, HISTORY));
        loader = loader(true);
        load(new CopyRecord.Chunk(1, null, entries, VersionVector.EMPTY));
        assertThat(memory.held).containsOnlyKeys(key("b"));
        loader = loader(false);
        load(new CopyRecord.Chunk(1, null, entries, VersionVector.EMPTY));
        assertThat(memory.held).containsOnlyKeys(key("a"), key("b"));
    }

    @Test
    void whatArrivesOfALoadThatWasGivenUpDoesNotCountForTheNext() {
        CopyRecord begin = new CopyRecord.Begin(1, 0, List.of(), VersionVector.EMPTY, VersionVector.EMPTY, HISTORY);
        loading("next");
        load(begin);
        load(new CopyRecord.End(1, 0, null, VersionVector.EMPTY));
        assertThat(memory.documents).doesNotContainKeys(CopyLoader.BEGUN, CopyLoader.ENDED);
        loading(LOAD_ID);
        load(begin);
        loading("next");
        load(new CopyRecord.End(1, 0, null, VersionVector.EMPTY));
        assertThat(memory.documents).doesNotContainKey(CopyLoader.ENDED);
    }

    @Test
    void whatAnEarlierAttemptLeftDoesNotCount() {
        load(new CopyRecord.Begin(1, 3, List.of(), VersionVector.EMPTY, VersionVector.EMPTY, HISTORY));
        load(new CopyRecord.Chunk(1, null, List.of(tombstone("a")), VersionVector.EMPTY));
        load(new CopyRecord.Begin(2, 3, List.of(), VersionVector.EMPTY, VersionVector.EMPTY, HISTORY));
        load(new CopyRecord.Chunk(1, null, List.of(tombstone("b")), VersionVector.EMPTY));
        load(new CopyRecord.End(1, 2, null, VersionVector.EMPTY));
        assertThat(memory.documents).doesNotContainKey(CopyLoader.ENDED);
        load(new CopyRecord.Chunk(2, null, List.of(tombstone("a")), VersionVector.EMPTY));
        load(new CopyRecord.End(2, 1, null, VersionVector.EMPTY));
        assertThat(memory.documents).containsKey(CopyLoader.ENDED);
    }

    @Test
    void anEntryThatDoesNotFitTheTableIsRefusedAndTheLatestClockIsTold() {
        ItemKey composite = ItemKey.of(new AttributeValue.S("a"), new AttributeValue.S("b"));
        assertThatThrownBy(() -> make(new CopyRecord.Chunk(
                        1, null, List.of(new Versioned(composite, STAMP, null)), VersionVector.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(make(new CopyRecord.Chunk(1, null, List.of(tombstone("a")), VersionVector.EMPTY))
                        .newest())
                .isEqualTo(TIME);
    }
}
