package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.control.StoreReplica;
import dev.meridian.node.lmdb.DiskFaults.Step;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.StoreAwayException;
import dev.meridian.streams.Cause;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the store does when its disk refuses, by faults put in at each step of a commit. */
class StorageFaultTest {
    private static final int EIO = 5;
    private static final int ENOSPC = 28;

    @TempDir
    Path folder;

    private final Map<Step, Integer> errnos = new EnumMap<>(Step.class);
    private int meets;

    private int errno(Step step) {
        int errno = errnos.getOrDefault(step, 0);
        meets += errno == 0 ? 0 : 1;
        return errno;
    }

    private StoreFixture fixture() throws IOException {
        return new StoreFixture(folder, this::errno);
    }

    private static ItemKey key(int number) {
        return new ItemKey(Bytes.wrap(new byte[] {(byte) number}), Bytes.EMPTY);
    }

    private static Version put(StoreFixture fixture, TableDescriptor table, int number, String text) {
        return fixture.write(view -> view.put(table, key(number), StoreFixture.image(text), Cause.USER));
    }

    private static boolean has(StoreFixture fixture, TableDescriptor table, int number) {
        return fixture.store.<Boolean>read(view -> view.get(table, key(number)) != null);
    }

    private static void turnLater(StoreFixture fixture) {
        fixture.nowMillis += 2_000;
        fixture.store.writer().turn();
    }

    /** Each number, where it is met, and what it is to clients. 61, 110 and 121 are what a device may answer, too. */
    @ParameterizedTest
    @CsvSource({
        "28, FULL",
        "122, QUOTA",
        "27, FILE_SIZE",
        "30, READ_ONLY",
        "5, FAILING",
        "6, FAILING",
        "19, FAILING",
        "61, FAILING",
        "110, FAILING",
        "116, FAILING",
        "121, FAILING"
    })
    void eachRefusalIsSaidReadsGoOnAndItEndsByItself(int errno, StorageFault fault) throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            put(fixture, table, 1, "a");
            errnos.put(Step.WRITE, errno);
            errnos.put(Step.PROBE, errno);
            assertThatThrownBy(() -> put(fixture, table, 2, "b"))
                    .hasCauseInstanceOf(StorageFaultException.class)
                    .hasMessageContaining(fault.text());
            assertThat(fixture.store.fault()).contains(fault);
            assertThat(has(fixture, table, 1)).isTrue();
            assertThat(has(fixture, table, 2)).isFalse();

            CompletableFuture<Void> replicated = new StoreReplica(fixture.store)
                    .transact(transaction -> transaction.apply(
                            table.id(),
                            key(3),
                            StoreFixture.image("c"),
                            new Stamp(
                                    new Version(HybridTimestamp.ofMillis(5), StoreFixture.THERE), VersionVector.EMPTY)))
                    .toCompletableFuture();
            fixture.store.writer().turn();
            assertThatThrownBy(replicated::join).hasCauseInstanceOf(StoreAwayException.class);

            errnos.clear();
            turnLater(fixture);
            if (fault != StorageFault.FILE_SIZE) {
                assertThat(fixture.store.fault()).isEmpty();
            }
            put(fixture, table, 2, "as much as has failed".repeat(100));
            assertThat(fixture.store.fault()).isEmpty();
            assertThat(fixture.store.reopenings()).isZero();
            assertThat(fixture.store.changes().last()).isEqualTo(new SequenceNumber(2));
        }
    }

    @Test
    void aDiskThatFailsIsNotAskedForEachWrite() throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            errnos.put(Step.WRITE, EIO);
            errnos.put(Step.PROBE, EIO);
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> put(fixture, table, 1, "a")).hasCauseInstanceOf(StorageFaultException.class);
            }
            assertThat(meets).isLessThan(10);
        }
    }

    @Test
    void aStoreWithoutRoomStillTriesEachWriteAndDoesNotSayItHasRoomForASmallOne() throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            put(fixture, table, 1, "a");
            fixture.store.limit(fixture.store.usedBytes() + (200 << 10));
            assertThatThrownBy(() -> put(fixture, table, 2, "x".repeat(300_000)))
                    .hasMessageContaining(StorageFault.STORE_SIZE.text());
            fixture.write(view -> view.delete(table, key(1), Cause.USER));
            assertThat(has(fixture, table, 1)).isFalse();
            assertThat(fixture.store.fault()).contains(StorageFault.STORE_SIZE);
            fixture.store.limit(1L << 30);
            turnLater(fixture);
            assertThat(fixture.store.fault()).isEmpty();
        }
    }

    @Test
    void whatAFailedSyncCoveredIsRefusedAndTheStoreIsOpenedAgainFromTheCommitBefore() throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            Version before = put(fixture, table, 1, "a");
            SequenceNumber last = fixture.store.changes().last();
            errnos.put(Step.SYNC, EIO);
            int[] runs = {0};
            List<CompletableFuture<Version>> covered = new ArrayList<>();
            for (int number = 2; number < 5; number++) {
                int each = number;
                covered.add(fixture.store
                        .write(view -> {
                            runs[0]++;
                            return view.put(table, key(each), StoreFixture.image("b"), Cause.USER);
                        })
                        .toCompletableFuture());
            }
            fixture.store.writer().turn();
            for (CompletableFuture<Version> write : covered) {
                assertThatThrownBy(write::join).hasCauseInstanceOf(StorageFaultException.class);
            }
            assertThat(runs[0]).as("none is run twice").isEqualTo(3);
            errnos.clear();
            fixture.store.writer().turn();
            assertThat(fixture.store.reopenings()).isEqualTo(1);
            assertThat(fixture.store.fault()).isEmpty();
            assertThat(has(fixture, table, 1)).isTrue();
            assertThat(has(fixture, table, 2)).isFalse();
            assertThat(fixture.store.changes().last()).isEqualTo(last);
            Version after = put(fixture, table, 2, "c");
            assertThat(after.time().bits() - before.time().bits())
                    .as("three versions were handed out in vain, and are not again")
                    .isGreaterThan(3);
        }
    }

    @Test
    void aCommitThatIsFoundInTheFileThoughItFailedIsShownOnceItIsDurable() throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            put(fixture, table, 1, "a");
            errnos.put(Step.META, EIO);
            errnos.put(Step.PROBE, EIO);
            assertThatThrownBy(() -> put(fixture, table, 2, "b")).hasMessageContaining("a sync has failed");
            assertThatThrownBy(() -> fixture.table("u", StoreFixture.COMPOSITE, false))
                    .hasCauseInstanceOf(StorageFaultException.class);
            errnos.remove(Step.PROBE);
            turnLater(fixture);
            assertThatThrownBy(() -> has(fixture, table, 1))
                    .as("what the commit that proves it meets keeps it away")
                    .isInstanceOf(StorageFaultException.class)
                    .hasMessageContaining("cannot be opened again");
            errnos.clear();
            turnLater(fixture);
            assertThat(fixture.store.fault()).isEmpty();
            assertThat(has(fixture, table, 2)).isTrue();
            assertThat(fixture.store.changes().last()).isEqualTo(new SequenceNumber(2));
            List<Integer> pending = new ArrayList<>();
            for (ChangePartition partition : fixture.store.changes().pending(Lane.REPLICATION)) {
                pending.add(fixture.store
                        .changes()
                        .read(Lane.REPLICATION, partition, SequenceNumber.NONE, 10, 1 << 20)
                        .size());
            }
            assertThat(pending.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2);
            put(fixture, table, 3, "c");
            assertThat(fixture.store.changes().last()).isEqualTo(new SequenceNumber(3));
        }
    }

    @Test
    void aTableThatAFailedCommitMadeIsThereIfItIsFound() throws IOException {
        try (StoreFixture fixture = fixture()) {
            errnos.put(Step.META, EIO);
            assertThatThrownBy(() -> fixture.table("t", StoreFixture.COMPOSITE, true))
                    .hasCauseInstanceOf(StorageFaultException.class);
            errnos.clear();
            turnLater(fixture);
            TableDescriptor found = fixture.store.catalog().table("t");
            assertThat(found).isNotNull();
            put(fixture, java.util.Objects.requireNonNull(found), 1, "a");
            assertThat(fixture.table("u", StoreFixture.COMPOSITE, true).number())
                    .isGreaterThan(found.number());
        }
    }

    @Test
    void aStoreThatCannotBeOpenedAgainIsReadFromItsLastCommitIfThatIsWhatItShows() throws IOException {
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            put(fixture, table, 1, "a");
            errnos.put(Step.SYNC, EIO);
            errnos.put(Step.OPEN, 30);
            assertThatThrownBy(() -> put(fixture, table, 2, "b")).hasCauseInstanceOf(StorageFaultException.class);
            turnLater(fixture);
            assertThat(has(fixture, table, 1)).isTrue();
            assertThat(fixture.store.fault()).contains(StorageFault.READ_ONLY);
            errnos.put(Step.OPEN_TO_READ, EIO);
            turnLater(fixture);
            assertThatThrownBy(() -> has(fixture, table, 1)).isInstanceOf(StorageFaultException.class);
            errnos.clear();
            turnLater(fixture);
            assertThat(has(fixture, table, 1)).isTrue();
            put(fixture, table, 2, "b");
        }
    }

    @Test
    void anOpeningThatTheDiskRefusesSaysSo() throws IOException {
        fixture().close();
        errnos.put(Step.OPEN, 30);
        assertThatThrownBy(this::fixture)
                .isInstanceOf(StorageFaultException.class)
                .hasMessage(StorageFault.READ_ONLY.text());
    }

    /** Any steps fail with any number, at random; what was acknowledged is there, and nothing is there twice. */
    @Test
    void whateverFailsWhatWasAcknowledgedStaysAndCountsOnce() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (StoreFixture fixture = fixture()) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            TreeMap<Integer, Integer> acknowledged = new TreeMap<>();
            TreeMap<Integer, Integer> attempted = new TreeMap<>();
            TreeSet<Version> versions = new TreeSet<>();
            for (int round = 0; round < 400; round++) {
                errnos.clear();
                if (random.nextInt(3) == 0) {
                    for (Step step : Step.values()) {
                        if (random.nextInt(4) == 0) {
                            errnos.put(step, random.nextBoolean() ? EIO : ENOSPC);
                        }
                    }
                }
                List<CompletableFuture<?>> batch = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    int number = random.nextInt(20);
                    attempted.merge(number, 1, Integer::sum);
                    batch.add(fixture.store
                            .write(view -> {
                                var held = view.get(table, key(number));
                                int count = held == null
                                        ? 0
                                        : Integer.parseInt(
                                                ((AttributeValue.S) held.item().get("v")).value());
                                return view.put(
                                        table, key(number), StoreFixture.image(String.valueOf(count + 1)), Cause.USER);
                            })
                            .whenComplete((version, failure) -> {
                                if (failure == null) {
                                    acknowledged.merge(number, 1, Integer::sum);
                                    assertThat(versions.add(version)).isTrue();
                                }
                            })
                            .toCompletableFuture());
                }
                fixture.store.writer().turn();
                if (random.nextInt(3) == 0) {
                    fixture.nowMillis += random.nextInt(2_000);
                }
                fixture.store.writer().turn();
                batch.forEach(
                        write -> assertThat(write.isDone()).as("seed " + seed).isTrue());
            }
            errnos.clear();
            turnLater(fixture);
            turnLater(fixture);
            assertThat(fixture.store.fault()).as("seed " + seed).isEmpty();
            fixture.store.read(view -> {
                for (int number = 0; number < 20; number++) {
                    var held = view.get(table, key(number));
                    int count = held == null
                            ? 0
                            : Integer.parseInt(((AttributeValue.S) held.item().get("v")).value());
                    assertThat(count)
                            .as("item " + number + ", seed " + seed)
                            .isBetween(acknowledged.getOrDefault(number, 0), attempted.getOrDefault(number, 0));
                }
                return 0;
            });
        }
    }
}
