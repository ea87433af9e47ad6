package dev.meridian.node;

import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.node.lmdb.StoreFile;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a folder holds the store that it should. One that does not is refused, with the choices that there are: a region
 * that began empty in silence would have lost what it had acknowledged.
 */
final class StartCheck {
    private static final Logger LOG = LoggerFactory.getLogger(StartCheck.class);

    static final String STORE = "store";
    static final String KAFKA = "kafka";

    /** Documents of the store: the id that {@link FolderIdentity} has too. */
    private static final String SPACE = "folder";

    private static final String ID = "id";

    /** The name of a folder within the region's, with what {@link StartChoice#START_EMPTY} moved aside. */
    private static final String ASIDE = "aside-";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final String PUT_BACK = "put a copy of the folder back";
    private static final String EMPTY =
            "begin empty with --start-empty: what is left is moved aside, and its tables are loaded from the regions that have"
                    + " them. Tables that no other region has are then only in what was moved aside";
    private static final String REJOIN = "take it with --rejoin: the region then loads from the others what it misses";

    private final RegionId region;
    private final Path folder;
    private final StartChoice choice;
    private final InstantSource clock;
    private @Nullable FolderIdentity identity;
    private @Nullable Path aside;

    /** @param folder of the region, locked by this process */
    StartCheck(RegionId region, Path folder, StartChoice choice, InstantSource clock) {
        this.region = region;
        this.folder = folder;
        this.choice = choice;
        this.clock = clock;
    }

    /**
     * Before the store is opened.
     *
     * @throws IllegalStateException if the folder does not hold what it should, in one line with the choices
     */
    void beforeOpening() throws IOException {
        if (choice == StartChoice.START_EMPTY) {
            moveAside();
            return;
        }
        Optional<FolderIdentity> found;
        try {
            found = FolderIdentity.read(folder);
        } catch (IllegalStateException unreadable) {
            throw refused(String.valueOf(unreadable.getMessage()), PUT_BACK, EMPTY);
        }
        identity = found.orElse(null);
        if (found.isPresent() && !found.get().region().equals(region)) {
            throw refused(
                    "the folder " + folder + " is that of region " + found.get().region() + ", not of " + region,
                    "start it as what it is",
                    EMPTY);
        }
        Path store = folder.resolve(STORE);
        if (!StoreFile.isThere(store)) {
            if (found.isPresent()) {
                throw refused(
                        "the folder " + folder + " has held a store since "
                                + found.get().made().truncatedTo(ChronoUnit.SECONDS)
                                + ", and " + store + " is " + (Files.exists(store) ? "empty" : "gone"),
                        PUT_BACK,
                        EMPTY);
            }
            if (hasTopics()) {
                throw refused(
                        "the folder " + folder + " has a Kafka with topics of " + region + ", and " + store + " is "
                                + (Files.exists(store) ? "empty" : "gone"),
                        PUT_BACK,
                        EMPTY);
            }
            return;
        }
        Optional<String> fault = StoreFile.fault(store);
        if (fault.isPresent()) {
            throw refused("the store in " + store + " is broken: " + fault.get(), PUT_BACK, EMPTY);
        }
    }

    /** Topics of this region in the broker's own folder: the store that filled them was here. */
    private boolean hasTopics() throws IOException {
        Path kafka = folder.resolve(KAFKA);
        if (!Files.isDirectory(kafka)) {
            return false;
        }
        String prefix = "meridian." + region + ".";
        try (Stream<Path> below = Files.walk(kafka, 2)) {
            return below.anyMatch(path -> path.getFileName().toString().startsWith(prefix));
        }
    }

    /** What LMDB or the store itself says against opening. */
    IllegalStateException notOpened(RuntimeException why) {
        return refused(
                "the store in " + folder.resolve(STORE) + " cannot be opened: " + why.getMessage(), PUT_BACK, EMPTY);
    }

    /**
     * Behind the opening, when the writer is turning: compares the ids, and gives them to a folder that has none.
     *
     * @throws IllegalStateException as {@link #beforeOpening}
     */
    void afterOpening(Store store) {
        FolderIdentity known = identity;
        Optional<UUID> kept = store.read(view -> view.document(SPACE, ID)).map(StartCheck::id);
        if (known != null && kept.isPresent() && !kept.get().equals(known.id()) && choice != StartChoice.REJOIN) {
            throw refused(
                    "the store in " + folder.resolve(STORE) + " is not the one that the folder " + folder
                            + " has held since " + known.made().truncatedTo(ChronoUnit.SECONDS),
                    "put the right one back",
                    REJOIN,
                    EMPTY);
        }
        UUID id = known != null ? known.id() : kept.orElseGet(UUID::randomUUID);
        try {
            if (choice == StartChoice.REJOIN) {
                noteRejoin(store, id);
            } else if (choice == StartChoice.START_EMPTY) {
                store.write(view -> noteEmpty(view, id)).toCompletableFuture().join();
            } else if (!kept.equals(Optional.of(id))) {
                store.write(view -> note(view, id)).toCompletableFuture().join();
            }
            if (known == null) {
                new FolderIdentity(region, id, clock.instant().truncatedTo(ChronoUnit.SECONDS)).write(folder);
            }
        } catch (IOException | CompletionException full) {
            LOG.warn("{}: the folder {} gets its identity at the next start: {}", region, folder, full.getMessage());
        }
    }

    /** A region that ran without it would load nothing of what it misses. */
    private void noteRejoin(Store store, UUID id) {
        try {
            store.write(view -> {
                        view.document(Store.REJOIN_REQUESTED, region.value(), Bytes.wrap(new byte[] {1}));
                        return note(view, id);
                    })
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException refused) {
            throw new IllegalStateException(
                    "the store in " + folder.resolve(STORE) + " cannot note that it is to rejoin: "
                            + String.valueOf(refused.getCause()),
                    refused);
        }
    }

    private boolean noteEmpty(WriteView view, UUID id) {
        String before = aside == null ? "" : aside.toString();
        view.document(Store.BEGUN_EMPTY, region.value(), Bytes.wrap(before.getBytes(StandardCharsets.UTF_8)));
        return note(view, id);
    }

    private static boolean note(WriteView view, UUID id) {
        view.document(SPACE, ID, Bytes.wrap(id.toString().getBytes(StandardCharsets.UTF_8)));
        return true;
    }

    private static UUID id(Bytes document) {
        return UUID.fromString(new String(document.toArray(), StandardCharsets.UTF_8));
    }

    /** Nothing is deleted: an operator may find that it was the wrong folder. */
    private void moveAside() throws IOException {
        List<String> names = Stream.of(FolderIdentity.FILE, STORE, KAFKA)
                .filter(name -> Files.exists(folder.resolve(name)))
                .toList();
        if (names.isEmpty()) {
            return;
        }
        Path made = folder.resolve(ASIDE + TIME.format(clock.instant()));
        Files.createDirectory(made);
        for (String name : names) {
            Files.move(folder.resolve(name), made.resolve(name));
        }
        FolderIdentity.force(folder);
        aside = made;
        LOG.warn(
                "{}: begins empty, as an operator asked; what was in {} is in {}. Tables that no other region has are only"
                        + " there",
                region,
                folder,
                made);
    }

    private static IllegalStateException refused(String why, String... choices) {
        return new IllegalStateException(why + ". Choose: " + String.join("; or ", choices));
    }
}
