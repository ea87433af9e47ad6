package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.control.StoreReplica;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.StoreAwayException;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A synced store on small file systems that run full, fail and become read-only. */
class RealDiskTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static LmdbStore open(RealDisk disk) throws IOException {
        return LmdbStore.open(new LmdbStore.Config(
                disk.path.resolve("store"),
                StoreFixture.HERE,
                InstantSource.system(),
                true,
                1L << 30,
                Duration.ofSeconds(60),
                RandomGenerator.getDefault()));
    }

    private static ItemKey key(int number) {
        return new ItemKey(Bytes.wrap(new byte[] {(byte) number}), Bytes.EMPTY);
    }

    private static Bytes noise(int seed, int bytes) {
        byte[] value = new byte[bytes];
        new Random(seed).nextBytes(value);
        StringBuilder text = new StringBuilder();
        for (byte each : value) {
            text.append((char) ('a' + (each & 15)));
        }
        return StoreFixture.image(text.toString());
    }

    private static <T> T write(LmdbStore store, Function<WriteView, T> work) {
        CompletableFuture<T> stage = store.write(work).toCompletableFuture();
        while (!stage.isDone()) {
            store.writer().turn();
        }
        return stage.join();
    }

    private static TableDescriptor table(LmdbStore store) {
        return write(store, view -> {
            TableDescriptor table = new TableDescriptor(
                    view.nextTableNumber(),
                    new TableId(UUID.nameUUIDFromBytes(new byte[] {1})),
                    "t",
                    StoreFixture.COMPOSITE,
                    TableStatus.ACTIVE,
                    true,
                    2,
                    TableSettings.ON_DEMAND,
                    0,
                    List.of());
            view.putTable(table);
            return table;
        });
    }

    private static void put(LmdbStore store, TableDescriptor table, int number, int bytes) {
        write(store, view -> view.put(table, key(number), noise(number, bytes), Cause.USER));
    }

    /** @return the fault, and how many writes were acknowledged before it */
    private static int putUntilRefused(LmdbStore store, TableDescriptor table, int bytes, StorageFault... expected) {
        for (int number = 0; number < 120; number++) {
            try {
                put(store, table, number, bytes);
            } catch (CompletionException refused) {
                assertThat(refused).hasCauseInstanceOf(StorageFaultException.class);
                assertThat(((StorageFaultException) refused.getCause()).fault()).isIn((Object[]) expected);
                return number;
            }
        }
        throw new AssertionError("the disk took everything");
    }

    private static void assertHolds(LmdbStore store, TableDescriptor table, int items, int bytes) {
        for (int number = 0; number < items; number++) {
            int each = number;
            assertThat(store.<Boolean>read(view -> {
                        var item = view.get(table, key(each));
                        return item != null && item.imageCopy().equals(noise(each, bytes));
                    }))
                    .as("item " + number)
                    .isTrue();
        }
    }

    private static void await(LmdbStore store, String what, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            store.writer().turn();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private static CompletableFuture<Void> replicate(LmdbStore store, TableDescriptor table, int number) {
        Stamp stamp = new Stamp(new Version(HybridTimestamp.ofMillis(5), StoreFixture.THERE), VersionVector.EMPTY);
        CompletableFuture<Void> done = new StoreReplica(store)
                .transact(transaction -> transaction.apply(table.id(), key(number), noise(number, 100_000), stamp))
                .toCompletableFuture();
        while (!done.isDone()) {
            store.writer().turn();
        }
        return done;
    }

    @Test
    void aDiskThatRunsFullIsCalledFullHoweverItsWriteEnds() throws IOException {
        try (RealDisk disk = RealDisk.tmpfs(folder, 8)) {
            int items;
            try (LmdbStore store = open(disk)) {
                TableDescriptor table = table(store);
                // Some room that is not a multiple of what LMDB writes at once: writes are short, and then refused.
                disk.fill(2_500_000);
                items = putUntilRefused(store, table, 100_000, StorageFault.FULL);
                assertThat(items).isPositive();
                for (int i = 0; i < 5; i++) {
                    CompletableFuture<Void> replicated = replicate(store, table, 100 + i);
                    assertThatThrownBy(replicated::join).hasCauseInstanceOf(StoreAwayException.class);
                }
                assertThat(store.fault()).contains(StorageFault.FULL);
                assertHolds(store, table, items, 100_000);
                disk.free();
                disk.resize(64);
                await(store, "there is room", () -> store.fault().isEmpty());
                replicate(store, table, 100).join();
                put(store, table, items, 100_000);
                assertThat(store.reopenings()).isZero();
            }
            try (LmdbStore store = open(disk)) {
                assertHolds(store, Objects.requireNonNull(store.catalog().table("t")), items + 1, 100_000);
            }
        }
    }

    @Test
    void aDeviceThatFailsAtTheSyncLosesNothingAcknowledgedAndIsWrittenToAgain() throws IOException {
        try (RealDisk disk = RealDisk.overcommitted(folder, 64, 12, "^has_journal")) {
            int items;
            try (LmdbStore store = open(disk)) {
                TableDescriptor table = table(store);
                items = putUntilRefused(store, table, 100_000, StorageFault.FAILING, StorageFault.FULL);
                assertThat(items).isPositive();
                assertHolds(store, table, items, 100_000);
                CompletableFuture<Void> replicated = replicate(store, table, 100);
                assertThatThrownBy(replicated::join).hasCauseInstanceOf(StoreAwayException.class);
                assertThat(store.fault()).isPresent();
                assertThat(disk.resize(96)).isTrue();
                await(
                        store,
                        "the device takes what is written",
                        () -> store.fault().isEmpty());
                assertThat(store.reopenings()).isPositive();
                assertHolds(store, table, items, 100_000);
                put(store, table, items, 100_000);
                replicate(store, table, 100).join();
            }
            try (LmdbStore store = open(disk)) {
                assertHolds(store, Objects.requireNonNull(store.catalog().table("t")), items + 1, 100_000);
            }
        }
    }

    @Test
    void aFileSystemThatBecomesReadOnlyIsReadAndCalledSo() throws IOException {
        try (RealDisk disk = RealDisk.overcommitted(folder, 32, 48, "^has_journal")) {
            Assumptions.assumeTrue(disk.remount("errors=remount-ro"), "no such option");
            try (LmdbStore store = open(disk)) {
                TableDescriptor table = table(store);
                put(store, table, 0, 1_000);
                Assumptions.assumeTrue(disk.failFileSystem(), "this kernel cannot be asked to fail a file system");
                assertThatThrownBy(() -> put(store, table, 1, 1_000))
                        .hasCauseInstanceOf(StorageFaultException.class)
                        .hasMessageContaining(StorageFault.READ_ONLY.text());
                assertHolds(store, table, 1, 1_000);
                CompletableFuture<Void> replicated = replicate(store, table, 100);
                assertThatThrownBy(replicated::join).hasCauseInstanceOf(StoreAwayException.class);
                assertThat(store.fault()).contains(StorageFault.READ_ONLY);
            }
        }
    }

    @Test
    void aStoreOnAReadOnlyDiskIsNotOpenedAndTheReasonIsSaid() throws IOException {
        try (RealDisk disk = RealDisk.tmpfs(folder, 8)) {
            try (LmdbStore store = open(disk)) {
                put(store, table(store), 0, 1_000);
            }
            assertThat(disk.remount("ro")).isTrue();
            assertThatThrownBy(() -> open(disk))
                    .isInstanceOf(StorageFaultException.class)
                    .hasMessage(StorageFault.READ_ONLY.text());
            assertThat(disk.remount("rw")).isTrue();
            try (LmdbStore store = open(disk)) {
                assertHolds(store, Objects.requireNonNull(store.catalog().table("t")), 1, 1_000);
            }
        }
    }
}
