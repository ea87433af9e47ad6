package dev.meridian.node.lmdb;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyHash;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/** A store in a temporary folder, without sync, turned by hand, with a clock that the test moves. */
final class StoreFixture implements AutoCloseable {
    static final RegionId HERE = new RegionId("here");
    static final RegionId THERE = new RegionId("there");
    static final KeySchema COMPOSITE =
            new KeySchema(new KeyAttribute("pk", ScalarType.B), new KeyAttribute("sk", ScalarType.B));

    private Path folder;
    private final ToLongFunction<Bytes> hash;
    private final long mapBytes;
    private final DiskFaults faults;
    long nowMillis = 1_000_000;
    LmdbStore store;

    StoreFixture(Path folder) throws IOException {
        this(folder, KeyHash::of, 1L << 30);
    }

    StoreFixture(Path folder, ToLongFunction<Bytes> hash, long mapBytes) throws IOException {
        this(folder, hash, mapBytes, DiskFaults.NONE);
    }

    StoreFixture(Path folder, DiskFaults faults) throws IOException {
        this(folder, KeyHash::of, 1L << 30, faults);
    }

    private StoreFixture(Path folder, ToLongFunction<Bytes> hash, long mapBytes, DiskFaults faults) throws IOException {
        this.faults = faults;
        this.folder = folder;
        this.hash = hash;
        this.mapBytes = mapBytes;
        this.store = open();
    }

    private LmdbStore open() throws IOException {
        return LmdbStore.open(
                new LmdbStore.Config(
                        folder,
                        HERE,
                        () -> Instant.ofEpochMilli(nowMillis),
                        false,
                        mapBytes,
                        Duration.ofSeconds(60),
                        RandomGenerator.getDefault(),
                        faults),
                hash);
    }

    void reopen() throws IOException {
        store.close();
        store = open();
    }

    /** As {@link #reopen}, but what was not committed is lost: goes on with the file as it is at this moment. */
    void crash() throws IOException {
        Path next = folder.resolveSibling(folder.getFileName() + "'");
        Files.createDirectory(next);
        Files.copy(folder.resolve("data.mdb"), next.resolve("data.mdb"));
        store.close();
        folder = next;
        store = open();
    }

    /** Queues one write, commits, and answers what it answered. */
    <T> T write(Function<WriteView, T> work) {
        CompletableFuture<T> stage = store.write(work).toCompletableFuture();
        store.writer().turn();
        return stage.join();
    }

    /** Marks rows of a lane as published, and commits. */
    void mark(Lane lane, Map<ChangePartition, SequenceNumber> published) {
        Map<ChangePartition, ChangeLog.Published> reached = new HashMap<>();
        published.forEach((partition, through) -> reached.put(partition, new ChangeLog.Published(through, null)));
        CompletableFuture<Void> marked = store.changes().mark(lane, reached).toCompletableFuture();
        // Marks wait for a commit to join, but not for long.
        nowMillis += 1_000;
        store.writer().turn();
        marked.join();
    }

    void publishEverything() {
        ChangeLog log = store.changes();
        for (Lane lane : Lane.values()) {
            Map<ChangePartition, SequenceNumber> all = new HashMap<>();
            log.pending(lane).forEach(partition -> all.put(partition, log.last()));
            mark(lane, all);
        }
    }

    /** Turns sweeper and writer until there is nothing more to let go of now. */
    void sweep() {
        for (int i = 0; i < 40; i++) {
            store.sweeper().turn();
            store.writer().turn();
        }
    }

    TableDescriptor table(String name, KeySchema schema, boolean replicated) {
        return write(view -> {
            TableDescriptor table = new TableDescriptor(
                    view.nextTableNumber(),
                    new TableId(UUID.nameUUIDFromBytes(
                            (name + view.catalog().tables().size()).getBytes())),
                    name,
                    schema,
                    TableStatus.ACTIVE,
                    replicated,
                    2,
                    TableSettings.ON_DEMAND,
                    nowMillis,
                    List.of());
            view.putTable(table);
            return table;
        });
    }

    /** Gives a table a global index, which is CREATING. */
    IndexDescriptor index(
            String table,
            String name,
            List<KeyAttribute> partition,
            List<KeyAttribute> sort,
            IndexProjection projection) {
        return write(view -> {
            IndexDescriptor index = new IndexDescriptor(
                    view.nextTableNumber(),
                    name,
                    IndexDescriptor.Kind.GLOBAL,
                    partition,
                    sort,
                    projection,
                    IndexStatus.CREATING,
                    false,
                    0,
                    0);
            view.putTable(Objects.requireNonNull(view.catalog().table(table)).withIndex(index));
            return index;
        });
    }

    static Bytes image(String text) {
        return Bytes.wrap(ItemCodec.encode(Item.of(Map.of("v", new AttributeValue.S(text)))));
    }

    @Override
    public void close() {
        store.close();
    }
}
