package dev.meridian.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that should hold a store and does not is refused with what can be done, each of which works. */
class StartCheckTest {
    private static final RegionId HERE = new RegionId("here");
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
    private static final String CHOICES = ". Choose: put a copy of the folder back; or begin empty with --start-empty:"
            + " what is left is moved aside, and its tables are loaded from the regions that have them."
            + " Tables that no other region has are then only in what was moved aside";

    @TempDir
    Path folder;

    /** As a node does it; keeps one document, so that it can be told which store it is. */
    private Optional<Bytes> start(RegionId region, StartChoice choice) throws IOException {
        StartCheck check = new StartCheck(region, folder, choice, () -> NOW);
        check.beforeOpening();
        LmdbStore store;
        try {
            store = LmdbStore.open(LmdbStore.Config.durable(folder.resolve(StartCheck.STORE), region, () -> NOW));
        } catch (IllegalStateException unfit) {
            throw check.notOpened(unfit);
        }
        Thread writer = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                store.writer().turn();
                Thread.onSpinWait();
            }
        });
        writer.start();
        try (store) {
            check.afterOpening(store);
            Optional<Bytes> before = store.read(view -> view.document("test", "kept"));
            CompletionStage<Boolean> written = store.write(view -> {
                view.document("test", "kept", Bytes.wrap(new byte[] {7}));
                return true;
            });
            written.toCompletableFuture().join();
            requested = store.read(view -> view.document(Store.REJOIN_REQUESTED, region.value()))
                    .isPresent();
            begunEmpty = store.read(view -> view.document(Store.BEGUN_EMPTY, region.value()))
                    .map(text -> new String(text.toArray(), StandardCharsets.UTF_8));
            return before;
        } finally {
            writer.interrupt();
        }
    }

    private boolean requested;
    private Optional<String> begunEmpty = Optional.empty();

    private Optional<Bytes> start() throws IOException {
        return start(HERE, StartChoice.NONE);
    }

    private Path store() {
        return folder.resolve(StartCheck.STORE);
    }

    @Test
    void aNewFolderGetsAnIdentityThatOnlyItsOwnerReads() throws IOException {
        assertThat(start()).isEmpty();
        assertThat(start()).isPresent();
        Path file = folder.resolve(FolderIdentity.FILE);
        assertThat(FolderIdentity.read(folder)).hasValueSatisfying(identity -> {
            assertThat(identity.region()).isEqualTo(HERE);
            assertThat(identity.made()).isEqualTo(NOW);
        });
        assertThat(Files.getPosixFilePermissions(file))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        assertThat(requested).isFalse();
    }

    @Test
    void aFolderOfAnEarlierReleaseGetsOne() throws IOException {
        start();
        Files.delete(folder.resolve(FolderIdentity.FILE));
        assertThat(start()).isPresent();
        assertThat(FolderIdentity.read(folder)).isPresent();
    }

    @Test
    void anEmptyStoreIsRefusedAndStartEmptyMovesWhatIsLeftAside() throws IOException {
        start();
        Files.createDirectories(folder.resolve("kafka/meridian.here.orders-0"));
        Files.write(store().resolve("data.mdb"), new byte[0]);
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the folder " + folder + " has held a store since 2026-03-04T05:06:07Z, and " + store()
                        + " is empty" + CHOICES);
        assertThatThrownBy(() -> start(HERE, StartChoice.REJOIN)).hasMessageContaining("is empty");

        assertThat(start(HERE, StartChoice.START_EMPTY)).isEmpty();
        assertThat(begunEmpty).contains(folder.resolve("aside-20260304T050607Z").toString());

        assertThat(folder.resolve("aside-20260304T050607Z/store/data.mdb")).exists();
        assertThat(folder.resolve("aside-20260304T050607Z/kafka/meridian.here.orders-0"))
                .exists();
        assertThat(start()).isPresent();
    }

    @Test
    void aStoreThatIsGoneIsRefusedAndAnOtherwiseWholeCopyIsTaken() throws IOException {
        start();
        Files.move(store(), folder.resolve("elsewhere"));
        assertThatThrownBy(this::start).hasMessageContaining(store() + " is gone");
        Files.move(folder.resolve("elsewhere"), store());
        assertThat(start()).isPresent();
    }

    @Test
    void aKafkaWithTopicsOfTheRegionIsAWitnessToo() throws IOException {
        Files.createDirectories(folder.resolve("kafka/meridian.here.orders-0"));
        assertThatThrownBy(this::start)
                .hasMessage("the folder " + folder + " has a Kafka with topics of here, and " + store() + " is gone"
                        + CHOICES);
    }

    @Test
    void anotherRegionsFolderIsRefused() throws IOException {
        start();
        assertThatThrownBy(() -> start(new RegionId("there"), StartChoice.NONE))
                .hasMessageStartingWith("the folder " + folder + " is that of region here, not of there. Choose: ");
        Files.delete(folder.resolve(FolderIdentity.FILE));
        assertThatThrownBy(() -> start(new RegionId("there"), StartChoice.NONE))
                .hasMessage("the store in " + store() + " cannot be opened: the folder holds the store of region here,"
                        + " not of there" + CHOICES);
    }

    @Test
    void aFileThatIsCutShortIsRefused() throws IOException {
        start();
        Path file = store().resolve("data.mdb");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, 4_100));
        assertThatThrownBy(this::start)
                .hasMessage("the store in " + store() + " is broken: it is cut short: it has 4100 bytes" + CHOICES);
    }

    @Test
    void theStoreOfAnotherFolderIsRefusedAndRejoinTakesIt() throws IOException {
        start();
        Path first = folder.resolve("first");
        Files.move(store(), first);
        Path identity = folder.resolve(FolderIdentity.FILE);
        Path firstIdentity = folder.resolve("first.json");
        Files.move(identity, firstIdentity);
        start();
        Files.move(firstIdentity, identity, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(this::start)
                .hasMessageContaining("is not the one that the folder " + folder + " has held since")
                .hasMessageContaining("--rejoin")
                .hasMessageContaining("--start-empty");

        assertThat(start(HERE, StartChoice.REJOIN)).isPresent();

        assertThat(requested).isTrue();
        assertThat(start()).isPresent();
    }

    /** Else it would run as if nothing had happened, and load nothing. */
    @Test
    void aRejoinThatCannotBeNotedIsRefused() throws IOException {
        start();
        StartCheck check = new StartCheck(HERE, folder, StartChoice.REJOIN, () -> NOW);
        check.beforeOpening();
        try (LmdbStore store =
                LmdbStore.open(LmdbStore.Config.durable(folder.resolve(StartCheck.STORE), HERE, () -> NOW))) {
            Store full = new ForwardingStore(store) {
                @Override
                public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                    return CompletableFuture.failedStage(
                            new StorageFaultException(StorageFault.FULL, new IOException("no room")));
                }

                @Override
                public void close() {}
            };
            assertThatThrownBy(() -> check.afterOpening(full))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("the store in " + store() + " cannot note that it is to rejoin: ");
        }
    }

    @Test
    void anIdentityThatCannotBeReadOrIsNewerIsRefused() throws IOException {
        start();
        Path file = folder.resolve(FolderIdentity.FILE);
        String text = Files.readString(file);
        Files.writeString(file, text.replace("\"format\" : 1", "\"format\" : 9"));
        assertThatThrownBy(this::start).hasMessage(file + " is of format 9; this release reads format 1" + CHOICES);
        for (String broken : List.of("", "{", "[]", text.replace("here", "_"))) {
            Files.writeString(file, broken);
            assertThatThrownBy(this::start).isInstanceOf(IllegalStateException.class);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("identity.json", "store");
        }
    }
}
