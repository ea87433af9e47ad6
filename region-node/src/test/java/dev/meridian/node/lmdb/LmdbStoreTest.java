package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DroppedTable;
import dev.meridian.node.store.PartitionRange;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.StoreClosedException;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LmdbStoreTest {
    @TempDir
    Path folder;

    private static ItemKey key(int number) {
        return new ItemKey(Bytes.wrap(new byte[] {(byte) number}), Bytes.EMPTY);
    }

    /** What the model remembers under a key. */
    private record Held(Stamp stamp, @Nullable Bytes image) {}

    @Test
    void itemsTombstonesClockAndCountsAreAsAModelSaysAlsoAfterReopening() {
        int[] round = {0};
        Property.holds(15, random -> {
            try (StoreFixture fixture = new StoreFixture(folder.resolve("r" + round[0]++))) {
                TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
                Map<ItemKey, Held> model = new HashMap<>();
                Version last = new Version(HybridTimestamp.ZERO, StoreFixture.HERE);
                SequenceNumber lastChange = SequenceNumber.NONE;
                for (int i = 0; i < 120; i++) {
                    ItemKey key = key(random.nextInt(6));
                    Held held = model.get(key);
                    fixture.nowMillis += random.nextInt(-3, 5);
                    switch (random.nextInt(5)) {
                        case 0, 1 -> {
                            Bytes image = StoreFixture.image("v" + random.nextInt(3));
                            Version version = fixture.write(view -> view.put(table, key, image, Cause.USER));
                            assertThat(version).isGreaterThan(last);
                            last = version;
                            model.put(key, new Held(overwrite(held, version), image));
                        }
                        case 2 -> {
                            @Nullable Version version = fixture.write(view -> view.delete(table, key, Cause.USER));
                            assertThat(version != null).isEqualTo(held != null && held.image() != null);
                            if (version != null) {
                                assertThat(version).isGreaterThan(last);
                                last = version;
                                model.put(key, new Held(overwrite(held, version), null));
                            }
                        }
                        case 3 -> {
                            Version remote = new Version(
                                    HybridTimestamp.ofMillis(fixture.nowMillis + random.nextInt(100)),
                                    StoreFixture.THERE);
                            Stamp stamp = new Stamp(remote, VersionVector.EMPTY);
                            Bytes image = random.nextBoolean() ? null : StoreFixture.image("r");
                            fixture.write(view -> {
                                view.apply(table, key, image, stamp);
                                return 0;
                            });
                            model.put(key, new Held(stamp, image));
                        }
                        default -> fixture.reopen();
                    }
                    if (held != null
                            && model.get(key) != held
                            && held.stamp().version().region().equals(StoreFixture.THERE)) {
                        Stamp now =
                                java.util.Objects.requireNonNull(model.get(key)).stamp();
                        if (now.version().region().equals(StoreFixture.HERE)) {
                            assertThat(now.version()
                                            .time()
                                            .isAfter(held.stamp().version().time()))
                                    .isTrue();
                        }
                    }
                    assertThat(fixture.store.changes().last()).isGreaterThanOrEqualTo(lastChange);
                    lastChange = fixture.store.changes().last();
                    compare(fixture, table, model);
                }
            }
        });
    }

    @Test
    void aWriteWhereThereIsNoItemKnowsWhatTheFloorIncludes() throws IOException {
        RegionId third = new RegionId("third");
        Version remote = new Version(HybridTimestamp.ofMillis(1), StoreFixture.THERE);
        Version collected = new Version(HybridTimestamp.ofMillis(2), third);
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            List<Stamp> written = fixture.write(view -> {
                view.apply(table, key(0), null, new Stamp(remote, VersionVector.EMPTY));
                view.apply(table, key(1), StoreFixture.image("r"), new Stamp(remote, VersionVector.EMPTY));
                view.raiseFloor(table, VersionVector.EMPTY.with(collected));
                List<Stamp> stamps = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    view.put(table, key(i), StoreFixture.image("v"), Cause.USER);
                    stamps.add(Objects.requireNonNull(view.stamp(table, key(i))));
                }
                return stamps;
            });
            assertThat(written.get(0).context())
                    .as("over a tombstone")
                    .isEqualTo(VersionVector.EMPTY.with(remote).with(collected));
            assertThat(written.get(1).context()).as("over an item").isEqualTo(VersionVector.EMPTY.with(remote));
            assertThat(written.get(2).context()).as("over nothing").isEqualTo(VersionVector.EMPTY.with(collected));
        }
    }

    @Test
    void whatAForgottenFloorIncludesMayComeAgainAndIsKnownToWhatIsWritten() throws IOException {
        Version collected = new Version(HybridTimestamp.ofMillis(2), StoreFixture.THERE);
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            Stamp written = fixture.write(view -> {
                view.raiseFloor(table, VersionVector.EMPTY.with(collected));
                view.forgetFloor(table);
                view.put(table, key(0), StoreFixture.image("v"), Cause.USER);
                return Objects.requireNonNull(view.stamp(table, key(0)));
            });
            assertThat(fixture.store.<VersionVector>read(view -> view.floor(table)))
                    .isEqualTo(VersionVector.EMPTY);
            assertThat(written.context()).isEqualTo(VersionVector.EMPTY.with(collected));
        }
    }

    @Test
    void theDocumentsOfATableGoWithIt() throws IOException {
        String space = WriteView.OF_TABLES + "notes";
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor dropped = fixture.table("dropped", StoreFixture.COMPOSITE, false);
            TableDescriptor kept = fixture.table("kept", StoreFixture.COMPOSITE, false);
            fixture.write(view -> {
                for (TableDescriptor table : List.of(dropped, kept)) {
                    view.document(space, table.id().toString(), StoreFixture.image("a note"));
                    view.document(WriteView.OF_TABLES + "other", table.id().toString(), StoreFixture.image("another"));
                    view.document("others", table.id().toString(), StoreFixture.image("not of the table"));
                }
                view.dropTable(dropped);
                return 0;
            });
            assertThat(fixture.store.<List<String>>read(view -> view.documentKeys(space)))
                    .containsExactly(kept.id().toString());
            assertThat(fixture.store.<List<String>>read(view -> view.documentKeys(WriteView.OF_TABLES + "other")))
                    .containsExactly(kept.id().toString());
            assertThat(fixture.store.<List<String>>read(view -> view.documentKeys("others")))
                    .hasSize(2);
        }
    }

    private static Stamp overwrite(@Nullable Held held, Version version) {
        return held == null
                ? new Stamp(version, VersionVector.EMPTY)
                : held.stamp().overwrittenBy(version);
    }

    private static void compare(StoreFixture fixture, TableDescriptor table, Map<ItemKey, Held> model) {
        fixture.store.read(view -> {
            long items = 0;
            long bytes = 0;
            long tombstones = 0;
            for (Map.Entry<ItemKey, Held> entry : model.entrySet()) {
                Bytes image = entry.getValue().image();
                StoredItem item = view.get(table, entry.getKey());
                assertThat(item == null ? null : item.imageCopy()).isEqualTo(image);
                assertThat(view.stamp(table, entry.getKey()))
                        .isEqualTo(entry.getValue().stamp());
                items += image == null ? 0 : 1;
                bytes += image == null ? 0 : image.length();
                tombstones += image == null ? 1 : 0;
            }
            assertThat(view.statistics(table).items()).isEqualTo(items);
            assertThat(view.statistics(table).itemBytes()).isEqualTo(bytes);
            assertThat(view.statistics(table).tombstones()).isEqualTo(tombstones);
            assertThat(copyInSteps(view, table)).containsExactlyInAnyOrderElementsOf(model.keySet());
            return 0;
        });
    }

    private static List<ItemKey> copyInSteps(ReadView view, TableDescriptor table) {
        List<ItemKey> copied = new ArrayList<>();
        List<ReadView.Versioned> step = view.copy(table, null, 2, 1_000);
        while (!step.isEmpty()) {
            step.forEach(entry -> copied.add(entry.key()));
            step = view.copy(table, copied.get(copied.size() - 1), 2, 1_000);
        }
        return copied;
    }

    @Test
    void aWriteThatFailsLeavesItsNeighboursInTheSameCommitAlone() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            CompletableFuture<Version> before = fixture.store
                    .write(view -> view.put(table, key(1), StoreFixture.image("a"), Cause.USER))
                    .toCompletableFuture();
            CompletableFuture<Object> refused = fixture.store
                    .write(view -> {
                        throw new IllegalArgumentException("no");
                    })
                    .toCompletableFuture();
            CompletableFuture<Object> broken = fixture.store
                    .write(view -> {
                        view.put(table, key(2), StoreFixture.image("b"), Cause.USER);
                        throw new IllegalStateException("bug");
                    })
                    .toCompletableFuture();
            CompletableFuture<Version> after = fixture.store
                    .write(view -> view.put(table, key(3), StoreFixture.image("c"), Cause.USER))
                    .toCompletableFuture();
            fixture.store.writer().turn();
            fixture.store.writer().turn();
            assertThat(before.join()).isLessThan(after.join());
            assertThatThrownBy(refused::join).hasCauseInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(broken::join).hasCauseInstanceOf(AssertionError.class);
            fixture.store.read(view -> {
                assertThat(view.get(table, key(1))).isNotNull();
                assertThat(view.get(table, key(2))).isNull();
                assertThat(view.get(table, key(3))).isNotNull();
                assertThat(view.statistics(table).items()).isEqualTo(2);
                return 0;
            });
        }
    }

    @Test
    void aFullStoreRefusesWritesAndGoesOnReadingAndTakesWritesAgainWhenThereIsRoom() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder, dev.meridian.model.KeyHash::of, 2L << 20)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            Bytes large = StoreFixture.image("x".repeat(100_000));
            int stored = 0;
            Throwable refused = null;
            while (refused == null && stored < 100) {
                int number = stored;
                try {
                    fixture.write(view -> view.put(table, key(number), large, Cause.USER));
                    stored++;
                } catch (java.util.concurrent.CompletionException full) {
                    refused = full.getCause();
                }
            }
            assertThat(refused).isInstanceOf(StorageFaultException.class);
            int last = stored;
            assertThat(fixture.store.<Boolean>read(view -> view.get(table, key(last - 1)) != null))
                    .isTrue();
            assertThat(fixture.store.<Boolean>read(view -> view.get(table, key(last)) != null))
                    .isFalse();
            assertThat(fixture.store.<Long>read(view -> view.statistics(table).items()))
                    .isEqualTo((long) stored);
            fixture.publishEverything();
            fixture.nowMillis += 120_000;
            for (int i = 0; i < 50; i++) {
                fixture.store.sweeper().turn();
                fixture.store.writer().turn();
            }
            fixture.write(view -> view.put(table, key(last), large, Cause.USER));
            assertThat(fixture.store.<Boolean>read(view -> view.get(table, key(last)) != null))
                    .isTrue();
        }
    }

    @Test
    void aStoreThatMayNotGrowRefusesWritesUntilItMay() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            Bytes large = StoreFixture.image("x".repeat(100_000));
            fixture.write(view -> view.put(table, key(0), large, Cause.USER));
            fixture.store.limit(fixture.store.usedBytes());
            assertThatThrownBy(() -> fixture.write(view -> view.put(table, key(1), large, Cause.USER)))
                    .hasCauseInstanceOf(StorageFaultException.class);
            assertThat(fixture.store.<Boolean>read(view -> view.get(table, key(0)) != null))
                    .isTrue();
            fixture.store.limit(LmdbStore.MAP_BYTES_DEFAULT);
            fixture.write(view -> view.put(table, key(1), large, Cause.USER));
            assertThat(fixture.store.<Boolean>read(view -> view.get(table, key(1)) != null))
                    .isTrue();
        }
    }

    @Test
    void rowsGoOutByLaneInOrderAndAreTrimmedOncePublishedAndOld() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(table, key(1), StoreFixture.image("a"), Cause.USER));
            fixture.write(view -> view.put(table, key(1), StoreFixture.image("a"), Cause.USER));
            fixture.write(view -> {
                Version remote = new Version(HybridTimestamp.ofMillis(fixture.nowMillis + 5), StoreFixture.THERE);
                view.apply(table, key(1), null, new Stamp(remote, VersionVector.EMPTY));
                return 0;
            });
            fixture.reopen();
            ChangeLog log = fixture.store.changes();
            ChangePartition partition = log.pending(Lane.STREAM).get(0);
            assertThat(sequences(log, Lane.REPLICATION, partition)).containsExactly(1L, 2L);
            assertThat(sequences(log, Lane.STREAM, partition)).containsExactly(1L, 3L);
            List<Change> stream = log.read(Lane.STREAM, partition, SequenceNumber.NONE, 10, 1_000_000);
            assertThat(stream.get(1).isDelete()).isTrue();
            assertThat(stream.get(1).oldImage()).isEqualTo(StoreFixture.image("a"));
            assertThat(stream.get(1).cause()).isEqualTo(Cause.REPLICATION);

            fixture.publishEverything();
            assertThat(log.pending(Lane.STREAM)).isEmpty();
            assertThat(log.pending(Lane.REPLICATION)).isEmpty();
            fixture.sweep();
            assertThat(sequences(log, Lane.STREAM, partition)).as("still young").hasSize(2);
            assertThat(log.hasAll(partition)).isTrue();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            assertThat(sequences(log, Lane.STREAM, partition)).isEmpty();
            assertThat(log.hasAll(partition)).isFalse();
            fixture.reopen();
            assertThat(fixture.store.changes().hasAll(partition)).isFalse();
            assertThat(fixture.store.changes().last().value()).isEqualTo(3);
            assertThat(fixture.store.changes().pending(Lane.STREAM)).isEmpty();
        }
    }

    /** Else a region that only takes in what others write looks through a day of rows when it starts. */
    @Test
    void aLaneOfWhichNothingWaitsIsMarkedWithTheOther() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            for (int i = 0; i < 3; i++) {
                Version remote = new Version(HybridTimestamp.ofMillis(fixture.nowMillis + i), StoreFixture.THERE);
                Bytes image = StoreFixture.image("v" + i);
                fixture.write(view -> {
                    view.apply(table, key(1), image, new Stamp(remote, VersionVector.EMPTY));
                    return 0;
                });
            }
            ChangeLog log = fixture.store.changes();
            ChangePartition partition = log.pending(Lane.STREAM).get(0);
            log.mark(Lane.STREAM, Map.of(partition, new ChangeLog.Published(new SequenceNumber(2), null)));
            fixture.write(view -> view.put(table, key(1), StoreFixture.image("own"), Cause.USER));
            assertThat(log.cursor(Lane.REPLICATION, partition).value()).isLessThanOrEqualTo(2);
            fixture.reopen();
            ChangeLog again = fixture.store.changes();
            assertThat(again.cursor(Lane.REPLICATION, partition).value()).isEqualTo(2);
            assertThat(pendingSequences(fixture)).containsExactly(4L);
            again.mark(Lane.STREAM, Map.of(partition, new ChangeLog.Published(new SequenceNumber(4), null)));
            fixture.write(view -> 0);
            assertThat(again.cursor(Lane.REPLICATION, partition).value())
                    .as("its row 4 waits")
                    .isEqualTo(2);
            fixture.reopen();
            assertThat(pendingSequences(fixture)).containsExactly(4L);
            assertThat(fixture.store.changes().pending(Lane.STREAM)).isEmpty();
        }
    }

    @Test
    void aDroppedTablesRowsStayUntilPublishedAndItsItemsGo() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(table, key(1), StoreFixture.image("a"), Cause.USER));
            fixture.write(view -> {
                view.dropTable(table);
                return 0;
            });
            assertThat(fixture.store.catalog().table("t")).isNull();
            TableDescriptor next = fixture.table("t", StoreFixture.COMPOSITE, true);
            assertThat(next.number()).isNotEqualTo(table.number());
            fixture.sweep();
            fixture.reopen();
            assertThat(fixture.store.changes().pending(Lane.STREAM)).hasSize(1);
            assertThat(fixture.store.<Object>read(view -> String.valueOf(view.get(table, key(1)))))
                    .isEqualTo("null");
            fixture.publishEverything();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            assertThat(fixture.store.dropped()).isEmpty();
            fixture.reopen();
            assertThat(fixture.store.catalog().table("t")).isEqualTo(next);
        }
    }

    @Test
    void theSweeperDoesNotWaitForAClockThatWasSetBack() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            fixture.nowMillis += Duration.ofDays(1).toMillis();
            fixture.sweep();
            fixture.nowMillis -= Duration.ofHours(1).toMillis();
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(table, key(1), StoreFixture.image("a"), Cause.USER));
            fixture.publishEverything();
            drop(fixture, table);
            fixture.nowMillis += 100_000;
            fixture.sweep();
            assertThat(fixture.store.dropped()).isEmpty();
        }
    }

    /** A replica that is removed and added again before the sweeper has come round. */
    @Test
    void aTableThatComesBackWithItsIdHasItsRowsBehindThoseOfTheDroppedOne() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor first = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(first, key(1), StoreFixture.image("a"), Cause.USER));
            drop(fixture, first);
            TableDescriptor again = comeBack(fixture, first);
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("b"), Cause.USER));
            assertThat(pendingSequences(fixture)).containsExactly(1L, 2L);
            fixture.reopen();
            assertThat(pendingSequences(fixture)).containsExactly(1L, 2L);
            fixture.publishEverything();
            fixture.nowMillis += 100_000;
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("c"), Cause.USER));
            fixture.sweep();
            assertThat(pendingSequences(fixture)).containsExactly(3L);
            fixture.publishEverything();
            fixture.sweep();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            assertThat(fixture.store.dropped()).isEmpty();
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("d"), Cause.USER));
            assertThat(pendingSequences(fixture)).containsExactly(4L);
            fixture.reopen();
            assertThat(pendingSequences(fixture)).containsExactly(4L);
        }
    }

    /** Its stream topic goes on behind what the dropped one had published there, and which nobody keeps. */
    @Test
    void ofATableWhoseTopicsHeldAnotherBeforeNotAllRowsAreKept() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor first = fixture.table("t", StoreFixture.COMPOSITE, true);
            drop(fixture, first);
            fixture.write(view -> {
                view.document(DroppedTable.SPACE, "t", new DroppedTable(first.id(), Long.MAX_VALUE, false).encode());
                return 0;
            });
            fixture.sweep();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            TableDescriptor second = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(second, key(1), StoreFixture.image("a"), Cause.USER));
            ChangeLog log = fixture.store.changes();
            assertThat(log.hasAll(log.pending(Lane.STREAM).get(0))).isFalse();
        }
    }

    /** What the topics then end with is rows that this store no longer has: they are its own all the same. */
    @Test
    void aTableThatComesBackWhenItIsSweptGoesOnBehindAllThatWasPublished() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor first = fixture.table("t", StoreFixture.COMPOSITE, true);
            fixture.write(view -> view.put(first, key(1), StoreFixture.image("a"), Cause.USER));
            ChangePartition partition =
                    fixture.store.changes().pending(Lane.REPLICATION).get(0);
            fixture.publishEverything();
            drop(fixture, first);
            fixture.sweep();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            assertThat(fixture.store.dropped()).isEmpty();
            TableDescriptor again = comeBack(fixture, first);
            for (int i = 0; i < 2; i++) {
                ChangeLog log = fixture.store.changes();
                assertThat(log.pending(Lane.REPLICATION)).isEmpty();
                assertThat(log.cursor(Lane.REPLICATION, partition).value()).isEqualTo(1);
                assertThat(log.cursor(Lane.STREAM, partition).value()).isEqualTo(1);
                fixture.reopen();
            }
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("b"), Cause.USER));
            assertThat(pendingSequences(fixture)).containsExactly(2L);
        }
    }

    /** Streams end with their table's number; the rows of both are one sequence for the publishers all the same. */
    @Test
    void theStreamOfADroppedTableIsKeptForADayBesideThatOfTheTableThatCameBack() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor first = fixture.table("t", StoreFixture.COMPOSITE, true);
            beginStream(fixture, first, "one");
            fixture.write(view -> view.put(first, key(1), StoreFixture.image("a"), Cause.USER));
            drop(fixture, first);
            TableDescriptor again = comeBack(fixture, first);
            beginStream(fixture, again, "two");
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("b"), Cause.USER));
            assertThat(pendingSequences(fixture)).containsExactly(1L, 2L);
            fixture.publishEverything();
            fixture.nowMillis += 100_000;
            fixture.sweep();
            fixture.reopen();
            fixture.sweep();
            assertThat(pendingSequences(fixture)).isEmpty();
            assertThat(streamed(fixture, "one")).containsExactly(1L);
            assertThat(streamed(fixture, "two")).containsExactly(2L);
            assertThat(stream(fixture, "one").enabled()).isFalse();

            fixture.nowMillis += StreamDescriptor.RETENTION.toMillis();
            fixture.sweep();
            List<StreamDescriptor> left = fixture.store.read(view -> view.streams("t"));
            assertThat(left).extracting(StreamDescriptor::label).containsExactly("two");
            assertThat(fixture.store.dropped()).isEmpty();
            fixture.write(view -> view.put(again, key(1), StoreFixture.image("c"), Cause.USER));
            assertThat(streamed(fixture, "two")).containsExactly(3L);
            SequenceNumber trimmed = fixture.store.read(view -> view.trimmed(left.get(0), all(left.get(0))));
            assertThat(trimmed).isEqualTo(new SequenceNumber(2));
            assertThat(pendingSequences(fixture)).containsExactly(3L);
        }
    }

    private static void beginStream(StoreFixture fixture, TableDescriptor table, String label) {
        fixture.write(view -> {
            view.putStream(StreamDescriptor.begin(
                    table, label, StreamViewType.KEYS_ONLY, fixture.nowMillis, view.last(), table.partitions()));
            return 0;
        });
    }

    private static StreamDescriptor stream(StoreFixture fixture, String label) {
        return Objects.requireNonNull(fixture.store.read(view -> view.stream("t", label)));
    }

    /** The rows that are kept for a stream, of all partitions. */
    private static List<Long> streamed(StoreFixture fixture, String label) {
        StreamDescriptor stream = stream(fixture, label);
        List<Long> rows = new ArrayList<>();
        fixture.store.read(view -> {
            view.changes(
                    stream,
                    all(stream),
                    view.trimmed(stream, all(stream)),
                    change -> rows.add(change.sequence().value()));
            return 0;
        });
        return rows;
    }

    private static PartitionRange all(StreamDescriptor stream) {
        return new PartitionRange(0, stream.partitions());
    }

    private static void drop(StoreFixture fixture, TableDescriptor table) {
        fixture.write(view -> {
            view.dropTable(table);
            return 0;
        });
    }

    /** As a new replica of the same table does. */
    private static TableDescriptor comeBack(StoreFixture fixture, TableDescriptor before) {
        return fixture.write(view -> {
            TableDescriptor table = new TableDescriptor(
                    view.nextTableNumber(),
                    before.id(),
                    before.name(),
                    before.schema(),
                    before.status(),
                    before.replicated(),
                    before.partitions(),
                    before.settings(),
                    fixture.nowMillis,
                    List.of());
            view.putTable(table);
            return table;
        });
    }

    private static List<Long> pendingSequences(StoreFixture fixture) {
        ChangeLog log = fixture.store.changes();
        return log.pending(Lane.REPLICATION).stream()
                .flatMap(partition -> log
                        .read(
                                Lane.REPLICATION,
                                partition,
                                log.cursor(Lane.REPLICATION, partition),
                                100,
                                Integer.MAX_VALUE)
                        .stream())
                .map(change -> change.sequence().value())
                .toList();
    }

    private static List<Long> sequences(ChangeLog log, Lane lane, ChangePartition partition) {
        return log.read(lane, partition, SequenceNumber.NONE, 100, 1 << 20).stream()
                .map(change -> change.sequence().value())
                .toList();
    }

    @Test
    void anotherRegionsFolderIsRefused() throws IOException {
        new StoreFixture(folder).close();
        assertThatThrownBy(() -> LmdbStore.open(new LmdbStore.Config(
                        folder,
                        new RegionId("other"),
                        Instant::now,
                        false,
                        1 << 20,
                        Duration.ZERO,
                        RandomGenerator.getDefault())))
                .hasMessageContaining("region here, not of other");
    }

    @Test
    void aClosedStoreSaysSo() throws IOException {
        StoreFixture fixture = new StoreFixture(folder);
        CompletableFuture<Integer> queued = fixture.store.write(view -> 1).toCompletableFuture();
        fixture.close();
        assertThat(queued.join()).isEqualTo(1);
        assertThatThrownBy(() -> fixture.store.read(view -> 1)).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() ->
                        fixture.store.write(view -> 1).toCompletableFuture().join())
                .hasCauseInstanceOf(StoreClosedException.class);
    }
}
