package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.DamagedRowException;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of the store's file change while it is closed: no walk takes such a key for the end of what it walks over. */
class DamagedKeysTest {
    private static final int ITEMS = 8;
    private static final int NUMBER_ABOVE = 0x007c_ced4;

    @TempDir
    Path folder;

    private static ItemKey key(int partition, int sort) {
        return ItemKey.of(
                new AttributeValue.B(Bytes.wrap(new byte[] {(byte) partition})),
                new AttributeValue.B(Bytes.wrap(new byte[] {(byte) sort})));
    }

    /** A table with one below and one above it, and in each some items of two partitions. */
    private static TableDescriptor tables(StoreFixture fixture, boolean isLast) {
        fill(fixture, "below");
        TableDescriptor table = fill(fixture, "middle");
        if (!isLast) {
            fill(fixture, "zabove");
        }
        return table;
    }

    private static TableDescriptor fill(StoreFixture fixture, String name) {
        TableDescriptor table = fixture.table(name, StoreFixture.COMPOSITE, true);
        for (int i = 0; i < ITEMS; i++) {
            int at = i;
            fixture.write(view -> view.put(table, key(at % 2, at), StoreFixture.image("value " + at), Cause.USER));
        }
        return table;
    }

    private static byte[] lmdbKey(TableDescriptor table, int item) {
        ByteBuffer key = ByteBuffer.allocate(ItemLayout.MAX_KEY_BYTES);
        new ItemLayout(KeyHash::of).key(key, table.number(), key(item % 2, item));
        return Bytes.copyOf(key).toArray();
    }

    private static byte[] withNumber(byte[] key, int number) {
        byte[] changed = key.clone();
        ByteBuffer.wrap(changed).putInt(number);
        return changed;
    }

    private static int scan(ReadView view, TableDescriptor table, ScanRange range) {
        int[] seen = {0};
        view.scan(table, range, item -> ++seen[0] > 0);
        return seen[0];
    }

    private static ScanRange partition(int item, boolean forward) {
        return ScanRange.partition(key(item % 2, item).partition(), null, null, forward, null);
    }

    @ParameterizedTest
    @ValueSource(ints = {NUMBER_ABOVE, 0, 3})
    void aDamagedNumberOfATableIsNotTheEndOfAScan(int number) throws IOException {
        for (int item = 0; item < ITEMS; item++) {
            for (boolean isLast : List.of(false, true)) {
                check(Files.createDirectory(folder.resolve(item + "-" + isLast)), item, isLast, number);
            }
        }
    }

    private static void check(Path folder, int item, boolean isLast, int number) throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = tables(fixture, isLast);
            fixture.store.close();
            byte[] key = lmdbKey(table, item);
            assertThat(FlippedBytes.replace(folder, key, withNumber(key, number)))
                    .isPositive();
            fixture.reopen();
            for (boolean forward : List.of(true, false)) {
                assertThatThrownBy(() -> fixture.store.read(view -> scan(view, table, partition(item, forward))))
                        .as("a query of item %s, last %s, forward %s", item, isLast, forward)
                        .isInstanceOf(DamagedValueException.class);
            }
            assertThatThrownBy(() -> fixture.store.read(view -> scan(view, table, ScanRange.table(null))))
                    .isInstanceOf(DamagedValueException.class);
            assertThatThrownBy(() -> fixture.store.read(view -> view.copy(table, null, 100, 10_000)))
                    .isInstanceOf(DamagedValueException.class);
            assertThat(fixture.store.damaged().size()).isPositive();
            assertThat(fixture.store.<Integer>read(
                            view -> scan(view, table, ScanRange.table(null).passingDamaged())))
                    .isEqualTo(ITEMS - 1);
            for (boolean forward : List.of(true, false)) {
                assertThat(fixture.store.<Integer>read(view ->
                                scan(view, table, partition(item, forward).passingDamaged())))
                        .isEqualTo(ITEMS / 2 - 1);
            }
        }
    }

    /** The others may still be found, or be behind the damaged key for whoever searches for them. */
    @Test
    void noItemIsTakenForAbsentBesideADamagedKey() throws IOException {
        for (int damaged = 0; damaged < ITEMS; damaged++) {
            for (int number : List.of(0, NUMBER_ABOVE)) {
                Path of = Files.createDirectory(folder.resolve(damaged + "-" + number));
                try (StoreFixture fixture = new StoreFixture(of)) {
                    TableDescriptor table = tables(fixture, damaged % 2 == 0);
                    fixture.store.close();
                    byte[] key = lmdbKey(table, damaged);
                    FlippedBytes.replace(of, key, withNumber(key, number));
                    fixture.reopen();
                    for (int item = 0; item < ITEMS; item++) {
                        assertThat(isThereOrRefused(fixture, table, item))
                                .as("item %s beside damaged item %s, number %s", item, damaged, number)
                                .isTrue();
                    }
                }
            }
        }
    }

    private static boolean isThereOrRefused(StoreFixture fixture, TableDescriptor table, int item) {
        try {
            return fixture.store.read(view -> view.get(table, key(item % 2, item))) != null;
        } catch (DamagedValueException refused) {
            return true;
        }
    }

    @Test
    void aScanBehindEachItemMeetsADamagedKeyOrShowsTheRest() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = tables(fixture, false);
            List<ItemKey> order = fixture.store.read(view -> view.copy(table, null, 100, 10_000).stream()
                    .map(ReadView.Versioned::key)
                    .toList());
            fixture.store.close();
            for (int number : List.of(0, NUMBER_ABOVE)) {
                byte[] key = lmdbKey(table, order.get(5).sort().toArray()[0]);
                FlippedBytes.replace(folder, key, withNumber(key, number));
                fixture.reopen();
                for (int from = 0; from < ITEMS; from++) {
                    int at = from;
                    int seen;
                    try {
                        seen = fixture.store.read(view -> scan(view, table, ScanRange.table(order.get(at))));
                    } catch (DamagedValueException damaged) {
                        continue;
                    }
                    assertThat(seen).as("behind %s", at).isEqualTo(ITEMS - 1 - from);
                }
                fixture.store.close();
                FlippedBytes.replace(folder, withNumber(key, number), key);
            }
            fixture.reopen();
        }
    }

    @Test
    void aDamagedItemOfANeighbourIsNoMatterOfTheTable() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = tables(fixture, false);
            fixture.publishEverything();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            TableDescriptor above = fixture.store.catalog().table("zabove");
            for (TableDescriptor each : List.of(table, above)) {
                for (int i = 0; i < ITEMS; i++) {
                    int at = i;
                    String text = each == above ? "flipped" : "a value";
                    fixture.write(view -> view.put(each, key(at % 2, at), StoreFixture.image(text), Cause.USER));
                }
            }
            fixture.store.close();
            assertThat(FlippedBytes.flip(folder, "flipped")).isPositive();
            fixture.reopen();
            assertThat(fixture.store.<Integer>read(view -> scan(view, table, ScanRange.table(null))))
                    .isEqualTo(ITEMS);
            assertThatThrownBy(() -> fixture.store.read(view -> scan(view, above, ScanRange.table(null))))
                    .isInstanceOf(DamagedValueException.class);
        }
    }

    @Test
    void theScrubberFindsItAndTheAlarmStays() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = tables(fixture, false);
            fixture.store.close();
            byte[] key = lmdbKey(table, 3);
            FlippedBytes.replace(folder, key, withNumber(key, NUMBER_ABOVE));
            fixture.reopen();
            for (int i = 0; i < 60; i++) {
                fixture.nowMillis += 2_000;
                fixture.store.scrubber().turn();
                fixture.store.writer().turn();
            }
            assertThat(fixture.store.damaged().texts()).anyMatch(text -> text.contains("007cced4"));
        }
    }

    private static void replace(StoreFixture fixture, Path folder, String sought, String by) throws IOException {
        fixture.store.close();
        assertThat(FlippedBytes.replace(
                        folder, sought.getBytes(StandardCharsets.UTF_8), by.getBytes(StandardCharsets.UTF_8)))
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"there_a-topic\u00000", "there\u0000a-topic_0", "there\u0000a-topic\u0000x"})
    void aPositionThatCannotBeReadIsSaid(String damaged) throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            fixture.write(view -> {
                view.position(new Position(StoreFixture.THERE, new TopicPartition("a-topic", 0), new LogPosition(7)));
                return true;
            });
            replace(fixture, folder, "there\u0000a-topic\u00000", damaged);
            fixture.reopen();
            assertThatThrownBy(() -> fixture.store.read(ReadView::positions))
                    .isInstanceOf(DamagedValueException.class)
                    .hasMessageStartingWith("a damaged value: the position under 0x7468657265");
        }
    }

    @Test
    void anOwnValueOfTheStoreThatIsNotKnownRefusesTheStore() throws IOException {
        for (String name : List.of("region", "clock", "sequence", "next-table", "history")) {
            Path each = Files.createDirectory(folder.resolve(name));
            try (StoreFixture fixture = new StoreFixture(each)) {
                fill(fixture, "table");
                replace(fixture, each, name, name.substring(0, name.length() - 1) + "_");
                assertThatThrownBy(fixture::reopen)
                        .as(name)
                        .isInstanceOf(DamagedValueException.class)
                        .hasMessageContaining("store's own value");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {NUMBER_ABOVE, 0})
    void aDamagedKeyOfARowStopsItsPartition(int number) throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fill(fixture, "table");
            fill(fixture, "zabove");
            int partition = KeyHash.kafkaPartition(key(0, 0).partition(), table.partitions());
            ChangePartition of = fixture.store.changes().pending(Lane.REPLICATION).stream()
                    .filter(each -> each.tableId().equals(table.id()) && each.partition() == partition)
                    .findFirst()
                    .orElseThrow();
            byte[] row = Bytes.copyOf(Keys.row(table.number(), partition, 3)).toArray();
            fixture.store.close();
            assertThat(FlippedBytes.replace(folder, row, withNumber(row, number)))
                    .isPositive();
            fixture.reopen();

            assertThat(fixture.store.changes().pending(Lane.REPLICATION)).contains(of);
            assertThatThrownBy(() -> {
                        SequenceNumber after = SequenceNumber.NONE;
                        for (int i = 0; i < ITEMS; i++) {
                            var rows = fixture.store.changes().read(Lane.REPLICATION, of, after, 1, 1);
                            after = rows.get(0).sequence();
                            assertThat(after.value()).isLessThan(3);
                        }
                    })
                    .isInstanceOf(DamagedRowException.class);
            assertThat(fixture.store.damaged().size()).isPositive();
            fixture.sweep();
        }
    }

    @Test
    void aDamagedKeyOfADocumentIsNotTheEndOfItsSpace() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            fixture.write(view -> {
                for (String name : List.of("first", "second", "third")) {
                    view.document("a-space", name, Bytes.wrap(new byte[] {1}));
                }
                return true;
            });
            replace(fixture, folder, "a-space\u0000second", "z-space\u0000second");
            fixture.reopen();
            assertThatThrownBy(() -> fixture.store.read(view -> view.documentKeys("a-space")))
                    .isInstanceOf(DamagedValueException.class);
        }
    }
}
