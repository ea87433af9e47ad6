package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.DamagedRowException;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.PutFlags;

/** Bytes on the disk change under a store that is closed: what is read, said, written over and scrubbed then. */
class DamagedValuesTest {
    private static final KeySchema SIMPLE = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final String NEEDLE = "a-text-that-is-flipped";

    @TempDir
    Path folder;

    private StoreFixture fixture;
    private int errnoOfWrites;

    @BeforeEach
    void open() throws IOException {
        fixture = new StoreFixture(folder, step -> step == DiskFaults.Step.WRITE ? errnoOfWrites : 0);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static ItemKey key(String pk) {
        return ItemKey.of(new AttributeValue.S(pk), null);
    }

    private static Bytes image(String pk, String value, @Nullable String indexed) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>();
        attributes.put("pk", new AttributeValue.S(pk));
        attributes.put("v", new AttributeValue.S(value));
        if (indexed != null) {
            attributes.put("by", new AttributeValue.S(indexed));
        }
        return Bytes.wrap(ItemCodec.encode(new Item(attributes)));
    }

    private Version put(TableDescriptor table, String pk, String value) {
        return fixture.write(view -> view.put(table, key(pk), image(pk, value, null), Cause.USER));
    }

    /** Of the rows nothing is left, so that the item alone holds the text. */
    private void letRowsGo() {
        fixture.publishEverything();
        fixture.nowMillis += 100_000;
        fixture.sweep();
    }

    private void flip() throws IOException {
        fixture.store.close();
        assertThat(FlippedBytes.flip(folder, NEEDLE)).isPositive();
        fixture.reopen();
    }

    private TableDescriptor current(TableDescriptor table) {
        return Objects.requireNonNull(fixture.store.catalog().table(table.id()));
    }

    private @Nullable String value(TableDescriptor table, String pk) {
        return fixture.store.read(view -> {
            StoredItem item = view.get(table, key(pk));
            return item == null ? null : ((AttributeValue.S) item.item().get("v")).value();
        });
    }

    private List<String> keys(TableDescriptor table, ScanRange range) {
        List<String> keys = new ArrayList<>();
        fixture.store.read(view -> {
            view.scan(
                    table,
                    range,
                    item -> keys.add(((AttributeValue.S) item.item().get("pk")).value()));
            return true;
        });
        return keys;
    }

    /** A whole round, whatever it takes. */
    private void scrub() {
        for (int i = 0; i < 60; i++) {
            fixture.nowMillis += 2_000;
            fixture.store.scrubber().turn();
            fixture.store.writer().turn();
        }
    }

    @Test
    void aDamagedItemIsAnErrorAndAnAlarmAndTheOthersGoOn() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "good", "value");
        put(table, "bad", NEEDLE);
        letRowsGo();
        flip();

        assertThat(value(table, "good")).isEqualTo("value");
        assertThatThrownBy(() -> value(table, "bad"))
                .isInstanceOf(DamagedValueException.class)
                .hasMessage("a damaged value: table orders, item under {\"pk\":{\"S\":\"bad\"}}: its checksum does not"
                        + " match what is on the disk");
        assertThat(fixture.store.damaged().texts()).hasSize(1);
        assertThat(fixture.store.damaged().hasReplicatedOf(table.number())).isTrue();
        assertThatThrownBy(() -> keys(table, ScanRange.table(null))).isInstanceOf(DamagedValueException.class);
        assertThatThrownBy(() -> fixture.store.read(view -> view.copy(table, null, 10, 1_000)))
                .isInstanceOf(DamagedValueException.class);
        assertThat(keys(table, ScanRange.table(null).passingDamaged())).containsExactly("good");
    }

    @Test
    void theScrubberFindsIt() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "good", "value");
        put(table, "bad", NEEDLE);
        letRowsGo();
        scrub();
        assertThat(fixture.store.damaged().size()).isZero();
        long completed = fixture.store.scrubber().progress().completedMillis();
        assertThat(completed).isPositive();
        flip();
        scrub();
        assertThat(fixture.store.damaged().size()).as("before the next round").isZero();

        fixture.nowMillis += Scrubber.ROUND.toMillis();
        scrub();

        assertThat(fixture.store.damaged().texts()).singleElement().asString().contains("{\"pk\":{\"S\":\"bad\"}}");
        assertThat(fixture.store.scrubber().progress().completedMillis()).isGreaterThan(completed);
    }

    @Test
    void theScrubberDoesNotWaitForAClockThatWasSetBack() throws IOException {
        fixture.nowMillis += Duration.ofDays(30).toMillis();
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "bad", NEEDLE);
        letRowsGo();
        scrub();
        flip();
        scrub();
        assertThat(fixture.store.damaged().size()).as("before the next round").isZero();

        fixture.nowMillis -= Duration.ofDays(20).toMillis();
        scrub();
        assertThat(fixture.store.damaged().texts()).hasSize(1);
        put(table, "bad", "new");
        fixture.nowMillis -= Duration.ofHours(1).toMillis();
        scrub();
        assertThat(fixture.store.damaged().texts()).isEmpty();
    }

    @Test
    void theScrubberKeepsItsRate() {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        for (int i = 0; i < 40; i++) {
            put(table, "item " + i, "x".repeat(100_000));
        }
        long begun = fixture.nowMillis;
        while (fixture.store.scrubber().progress().completedMillis() == 0) {
            fixture.nowMillis++;
            fixture.store.scrubber().turn();
            fixture.store.writer().turn();
        }
        long millis = fixture.nowMillis - begun;
        long read = fixture.store.scrubber().bytesRead();
        // Items, and their change rows.
        assertThat(read).isBetween(8_000_000L, 9_000_000L);
        assertThat(read * 1_000 / millis).isLessThanOrEqualTo(Scrubber.BYTES_PER_SECOND * 11 / 10);
    }

    @Test
    void writingOverItHeals() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, true);
        Version old = put(table, "bad", NEEDLE);
        letRowsGo();
        flip();

        Version written = put(table, "bad", "new");

        assertThat(written).isGreaterThan(old);
        assertThat(written.time().millis())
                .as("above all that it can have been")
                .isGreaterThan(fixture.nowMillis);
        assertThat(value(table, "bad")).isEqualTo("new");
        assertThat(fixture.store.read(view -> view.statistics(table)).items()).isOne();
        scrub();
        assertThat(fixture.store.damaged().texts()).isEmpty();
    }

    @Test
    void deletingItLeavesATombstoneForTheOthers() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, true);
        put(table, "bad", NEEDLE);
        letRowsGo();
        flip();

        Version deleted = fixture.write(view -> view.delete(table, key("bad"), Cause.USER));

        assertThat(deleted).isNotNull();
        assertThat(value(table, "bad")).isNull();
        assertThat(fixture.store.<Integer>read(
                        view -> view.tombstones(table, null, 10).size()))
                .isOne();
        assertThat(fixture.store.read(view -> view.statistics(table)).items()).isZero();
    }

    @Test
    void noIndexEntryOfWhatWasWrittenOverIsLeft() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        IndexDescriptor index = fixture.index(
                "orders", "by", List.of(new KeyAttribute("by", ScalarType.S)), List.of(), IndexProjection.ALL);
        fixture.sweep();
        fixture.write(view -> view.put(table, key("bad"), image("bad", NEEDLE, "red"), Cause.USER));
        fixture.write(view -> view.put(table, key("good"), image("good", "value", "red"), Cause.USER));
        letRowsGo();
        flip();

        fixture.write(view -> view.put(current(table), key("bad"), image("bad", "new", "blue"), Cause.USER));

        List<String> entries = new ArrayList<>();
        fixture.store.readRaw((txn, databases) -> {
            LmdbStore.keysUnder(txn, databases.indexes, Keys.table(index.number()), 10)
                    .forEach(lmdbKey -> Bucket.read(
                                    Objects.requireNonNull(databases.get(txn, Kind.INDEX_ENTRY, lmdbKey)))
                            .forEach(entry -> entries.add(IndexEdits.tableKey(entry.payload()) + "")));
            return true;
        });
        assertThat(entries).containsExactlyInAnyOrder(key("bad") + "", key("good") + "");
    }

    @Test
    void aRemoteWriteGoesOverIt() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, true);
        put(table, "bad", NEEDLE);
        letRowsGo();
        flip();
        Version remote = new Version(HybridTimestamp.ofMillis(1_000), StoreFixture.THERE);

        fixture.write(view -> {
            view.apply(table, key("bad"), image("bad", "theirs", null), new Stamp(remote, VersionVector.EMPTY));
            return true;
        });

        assertThat(value(table, "bad")).isEqualTo("theirs");
    }

    @Test
    void whatIsNotInACompleteCopyGoes() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, true);
        put(table, "bad", NEEDLE);
        letRowsGo();
        flip();
        scrub();
        fixture.nowMillis += Scrubber.ROUND.toMillis();
        scrub();
        VersionVector needed =
                VersionVector.EMPTY.with(new Version(HybridTimestamp.ofMillis(fixture.nowMillis), StoreFixture.HERE));
        VersionVector less = VersionVector.EMPTY.with(
                new Version(HybridTimestamp.ofMillis(fixture.nowMillis - 1), StoreFixture.HERE));

        fixture.write(view -> view.purge(table, null, null, Set.of(), needed));
        assertThatThrownBy(() -> value(table, "bad")).as("not asked for").isInstanceOf(DamagedValueException.class);
        ByteSink noted = new ByteSink();
        needed.encode(noted);
        fixture.write(view -> {
            view.document(DamagedValues.MENDING, table.id().toString(), noted.toBytes());
            return view.purge(table, null, null, Set.of(), less);
        });
        assertThatThrownBy(() -> value(table, "bad"))
                .as("of a region that may lack something")
                .isInstanceOf(DamagedValueException.class);
        fixture.write(view -> view.purge(table, null, null, Set.of(), needed));

        assertThat(value(table, "bad")).isNull();
    }

    @Test
    void aDamagedRowStopsItsPartitionUntilItIsPublished() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, true);
        put(table, "good", "value");
        put(table, "bad", NEEDLE);
        put(table, "good", "later");
        flip();

        ChangePartition partition = fixture.store.changes().pending(Lane.REPLICATION).stream()
                .filter(each ->
                        fixture.store.changes().newest(Lane.REPLICATION, each).value() == 3)
                .findFirst()
                .orElseThrow();
        List<Long> read = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (ChangePartition each : fixture.store.changes().pending(Lane.REPLICATION)) {
                        SequenceNumber after = SequenceNumber.NONE;
                        while (true) {
                            var rows = fixture.store.changes().read(Lane.REPLICATION, each, after, 1, 1);
                            if (rows.isEmpty()) {
                                break;
                            }
                            after = rows.get(0).sequence();
                            read.add(after.value());
                        }
                    }
                })
                .isInstanceOf(DamagedRowException.class)
                .hasMessageContaining("table orders, change row under 0x");
        assertThat(read).doesNotContain(2L);
        assertThat(partition.table()).isEqualTo("orders");

        letRowsGo();
        scrub();
        fixture.store.readRaw((txn, databases) -> {
            assertThat(databases.changes.stat(txn).entries).isZero();
            return true;
        });
        assertThat(fixture.store.damaged().texts()).allMatch(text -> text.contains("item under"));
    }

    @Test
    void aValueUnderAnothersKeyIsDamaged() {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "one", "value");
        put(table, "two", "value");
        fixture.store.writeNow(view -> {
            ByteBuffer one = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);
            view.layout.key(one, table.number(), key("one"));
            ByteBuffer two = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);
            view.layout.key(two, table.number(), key("two"));
            ByteBuffer value = Objects.requireNonNull(view.databases.items.get(view.txn(), one));
            byte[] copy = new byte[value.remaining()];
            value.get(copy);
            view.databases.items.put(view.txn(), two, Keys.direct(copy), new PutFlags[0]);
            view.witness(HybridTimestamp.ZERO);
            return () -> {};
        });
        fixture.store.writer().turn();

        assertThat(value(table, "one")).isEqualTo("value");
        assertThatThrownBy(() -> value(table, "two")).isInstanceOf(DamagedValueException.class);
    }

    @Test
    void whatHasNoChecksumIsReadAndGetsOne() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "old", "value");
        takeChecksumsAway();
        fixture.reopen();

        assertThat(value(table, "old")).isEqualTo("value");
        scrub();
        assertThat(value(table, "old")).isEqualTo("value");
        assertThat(without()).isZero();
        takeChecksumsAwayOfItems();
        fixture.reopen();
        assertThatThrownBy(() -> value(table, "old"))
                .as("one without, when every value has one")
                .isInstanceOf(DamagedValueException.class);
    }

    @Test
    void theFormatIsNotCompleteWhileAWriteOfChecksumsHasFailed() throws IOException {
        put(fixture.table("orders", SIMPLE, false), "old", "value");
        letRowsGo();
        takeChecksumsAway();
        fixture.reopen();
        fixture.store.scrubber().turn();
        errnoOfWrites = 5;
        fixture.store.writer().turn();
        errnoOfWrites = 0;
        // Slowly, so that the place is saved before the round ends.
        for (int i = 0; i < 4; i++) {
            fixture.nowMillis += 40_000;
            fixture.store.writer().turn();
            fixture.store.scrubber().turn();
            fixture.store.writer().turn();
        }
        assertThat(fixture.store.scrubber().progress().completedMillis()).isZero();
        fixture.reopen();
        scrub();

        assertThat(fixture.store.scrubber().progress().completedMillis()).isPositive();
        assertThat(without()).isPositive();
        assertThat(format()).isEqualTo(LmdbStore.FORMAT - 1);

        fixture.nowMillis += Scrubber.ROUND.toMillis();
        scrub();

        assertThat(without()).isZero();
        assertThat(format()).isEqualTo(LmdbStore.FORMAT);
    }

    @Test
    void theFormatIsNotCompleteWhilePagesAreDamaged() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        for (int i = 0; i < 200; i++) {
            put(table, "item " + i, "x".repeat(1_000));
        }
        letRowsGo();
        takeChecksumsAway();
        fixture.store.close();
        assertThat(FlippedBytes.cutBranches(folder)).isPositive();
        fixture.reopen();
        scrub();

        assertThat(fixture.store.damaged().texts()).singleElement().asString().startsWith("damaged pages: ");
        assertThat(fixture.store.scrubber().progress().completedMillis()).isPositive();
        assertThat(format()).isEqualTo(LmdbStore.FORMAT - 1);
    }

    private long format() {
        return fixture.store.readRaw((txn, databases) -> Objects.requireNonNull(
                        databases.meta.get(txn, Keys.text(Meta.FORMAT.storedName())))
                .getLong(0));
    }

    private static final List<Kind> KINDS = List.of(Kind.values());

    private long without() {
        return fixture.store.readRaw((txn, databases) -> {
            long without = 0;
            for (Kind kind : KINDS) {
                try (var entries = databases.of(kind).iterate(txn)) {
                    for (var entry : entries) {
                        without += CheckedValues.hasChecksum(entry.val()) ? 0 : 1;
                    }
                }
            }
            return without;
        });
    }

    /** As release 0.1.0 left a store. */
    private void takeChecksumsAway() {
        takeAway(KINDS, true);
    }

    private void takeChecksumsAwayOfItems() {
        takeAway(List.of(Kind.ITEM), false);
    }

    private void takeAway(List<Kind> kinds, boolean first) {
        fixture.store.writeNow(view -> {
            for (Kind kind : kinds) {
                Map<Bytes, Bytes> bodies = new TreeMap<>();
                try (var entries = view.databases.of(kind).iterate(view.txn())) {
                    for (var entry : entries) {
                        bodies.put(
                                Bytes.copyOf(entry.key()),
                                Bytes.copyOf(view.databases.values().body(kind, entry.key(), entry.val())));
                    }
                }
                bodies.forEach((lmdbKey, body) -> view.databases
                        .of(kind)
                        .put(view.txn(), Keys.direct(lmdbKey.toArray()), Keys.direct(body.toArray()), new PutFlags[0]));
            }
            view.witness(HybridTimestamp.ZERO);
            if (first) {
                view.putMeta(Meta.FORMAT, Keys.number(1));
            }
            return () -> {};
        });
        fixture.store.writer().turn();
    }

    @Test
    void aWriteThatNeedsADamagedItemFailsAndNoOther() throws IOException {
        TableDescriptor table = fixture.table("orders", SIMPLE, false);
        put(table, "bad", NEEDLE);
        letRowsGo();
        flip();

        assertThatThrownBy(() -> fixture.write(view -> {
                    view.put(table, key("good"), image("good", "value", null), Cause.USER);
                    return view.get(table, key("bad"));
                }))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(DamagedValueException.class);
        assertThat(value(table, "good")).isNull();
        put(table, "good", "value");
        assertThat(value(table, "good")).isEqualTo("value");
    }
}
