package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyHash;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoreClosedException;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/**
 * A region's store in one LMDB environment. Reads run on the calling thread; all writes go through {@link #writer}, which
 * somebody must turn, as must the {@link #sweeper}.
 */
public final class LmdbStore implements Store {
    private static final int FORMAT = 1;

    /** Sparse: address space, not disk. Never changed under a live reader. */
    public static final long MAP_BYTES_DEFAULT = 1L << 40;

    /** Long enough for an operating system to write its page cache back after a broker has acknowledged a row. */
    public static final Duration ROW_RETENTION_DEFAULT = Duration.ofSeconds(60);

    /** Readers at one moment: event loops, workers, publishers, copies. A slot costs 64 bytes. */
    private static final int MAX_READERS = 512;

    private final Env<ByteBuffer> env;
    private final Databases databases;
    private final ItemLayout layout;
    private final ChangeRows changes;
    private final ConflictRows conflicts;
    private final Writer writer;
    private final Sweeper sweeper;
    private final IndexBuilder indexBuilder;
    private final ConcurrentLinkedDeque<LmdbReadView> idleReaders = new ConcurrentLinkedDeque<>();
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    private volatile Catalog catalog;
    private volatile HybridTimestamp committedThrough;
    private volatile IntConsumer onBatch = operations -> {};
    private boolean closed;

    /**
     * How a store is opened.
     *
     * @param folder made if it is not there
     * @param sync whether a commit is on disk before it is acknowledged; only a simulation goes without
     * @param mapBytes most that the store can hold
     * @param rowRetention how long a published change row is kept, for the case that the broker loses it
     */
    public record Config(
            Path folder, RegionId region, InstantSource clock, boolean sync, long mapBytes, Duration rowRetention) {
        public static Config durable(Path folder, RegionId region, InstantSource clock) {
            return new Config(folder, region, clock, true, MAP_BYTES_DEFAULT, ROW_RETENTION_DEFAULT);
        }
    }

    /**
     * Opens a store, or makes one. A full disk hinders only the latter.
     *
     * @throws IllegalStateException if the folder holds the store of another region or of a later format
     * @throws dev.meridian.node.store.StoreFullException if there is no room for a new one
     */
    public static LmdbStore open(Config config) throws IOException {
        return open(config, KeyHash::of);
    }

    static LmdbStore open(Config config, ToLongFunction<Bytes> hash) throws IOException {
        Files.createDirectories(config.folder());
        List<EnvFlags> flags = new ArrayList<>(List.of(EnvFlags.MDB_NOTLS, EnvFlags.MDB_NORDAHEAD));
        if (!config.sync()) {
            flags.add(EnvFlags.MDB_NOSYNC);
        }
        LockFile.allocate(config.folder(), MAX_READERS, config.sync());
        Env<ByteBuffer> env;
        try {
            env = Env.create()
                    .setMapSize(config.mapBytes())
                    .setMaxDbs(Databases.COUNT)
                    .setMaxReaders(MAX_READERS)
                    .open(config.folder().toFile(), flags.toArray(new EnvFlags[0]));
        } catch (LmdbException failed) {
            throw Writer.translate(failed);
        }
        try {
            return new LmdbStore(env, config, hash);
        } catch (LmdbException failed) {
            env.close();
            throw Writer.translate(failed);
        } catch (RuntimeException failed) {
            env.close();
            throw failed;
        }
    }

    private LmdbStore(Env<ByteBuffer> env, Config config, ToLongFunction<Bytes> hash) {
        this.env = env;
        this.databases = new Databases(env);
        this.layout = new ItemLayout(hash);
        this.changes = new ChangeRows(this);
        claim(config.region());
        try (Txn<ByteBuffer> txn = env.txnRead()) {
            TreeMap<String, TableDescriptor> tables = new TreeMap<>();
            List<TableDescriptor> all = new ArrayList<>(TableRecords.all(txn, databases.dropped));
            for (TableDescriptor table : TableRecords.all(txn, databases.tables)) {
                tables.put(table.name(), table);
                all.add(table);
            }
            this.catalog = new Catalog(tables);
            long sequence = number(txn, Meta.SEQUENCE, 0);
            changes.restore(txn, databases, all, sequence);
            HybridTimestamp clock = new HybridTimestamp(number(txn, Meta.CLOCK, 0));
            this.committedThrough = clock;
            this.conflicts = new ConflictRows(this, txn, databases);
            int nextTable = (int) number(txn, Meta.NEXT_TABLE, 1);
            this.writer = new Writer(this, config, clock, sequence, nextTable);
        }
        this.sweeper = new Sweeper(this, config);
        this.indexBuilder = new IndexBuilder(this, config.clock());
    }

    /** A new folder becomes this region's; another region's is refused. */
    private void claim(RegionId region) {
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            ByteBuffer owner = databases.meta.get(txn, Keys.text(Meta.REGION.storedName()));
            if (owner == null) {
                databases.meta.put(txn, Keys.text(Meta.REGION.storedName()), Keys.text(region.value()));
                databases.meta.put(txn, Keys.text(Meta.FORMAT.storedName()), Keys.number(FORMAT));
                txn.commit();
                return;
            }
            String name = Keys.text(owner);
            if (!name.equals(region.value())) {
                throw new IllegalStateException("the folder holds the store of region " + name + ", not of " + region);
            }
            long format = number(txn, Meta.FORMAT, 0);
            if (format != FORMAT) {
                throw new IllegalStateException(
                        "the folder holds a store of format " + format + "; this release reads " + FORMAT);
            }
        }
    }

    private long number(Txn<ByteBuffer> txn, Meta meta, long absent) {
        ByteBuffer value = databases.meta.get(txn, Keys.text(meta.storedName()));
        return value == null ? absent : value.getLong(0);
    }

    /** Commits what is queued. To be turned by one thread. */
    public Duty writer() {
        return writer;
    }

    /** Trims published rows, sweeps dropped tables, fills and clears indexes. To be turned by one thread. */
    public Duty sweeper() {
        return () -> sweeper.turn() + indexBuilder.turn();
    }

    /** Calls {@code doorbell} whenever something is queued for the writer: it must only wake. */
    public void onQueued(Runnable doorbell) {
        writer.onQueued(doorbell);
    }

    /** Whether the last commit found no room. */
    public boolean isFull() {
        return writer.isFull();
    }

    /** For drills: the greatest size of the store from now on, at least what it has in use. Waits for readers. */
    public void limit(long mapBytes) {
        writer.between(() -> {
            open.writeLock().lock();
            try {
                if (closed) {
                    throw new StoreClosedException();
                }
                closeIdleReaders();
                env.setMapSize(mapBytes);
            } finally {
                open.writeLock().unlock();
            }
        });
    }

    private void closeIdleReaders() {
        for (@Nullable LmdbReadView view = idleReaders.poll(); view != null; view = idleReaders.poll()) {
            view.txn().close();
        }
    }

    /** Bytes of the file that hold data. */
    public long usedBytes() {
        return readRaw((txn, unused) -> env.info().lastPageNumber * (long) env.stat().pageSize);
    }

    @Override
    public <T> T read(Function<ReadView, T> work) {
        return withReader(work::apply);
    }

    <T> T readRaw(BiFunction<Txn<ByteBuffer>, Databases, T> work) {
        return withReader(view -> work.apply(view.txn(), databases));
    }

    <T> T withReader(Function<LmdbReadView, T> work) {
        open.readLock().lock();
        try {
            if (closed) {
                throw new StoreClosedException();
            }
            // Before the snapshot: an index that it calls ACTIVE has all its entries there.
            Catalog before = catalog;
            LmdbReadView view = idleReaders.pollFirst();
            if (view == null) {
                view = new LmdbReadView(databases, layout, env.txnRead(), before);
            } else {
                view.renew(before);
            }
            try {
                return work.apply(view);
            } finally {
                view.txn().reset();
                idleReaders.addFirst(view);
            }
        } finally {
            open.readLock().unlock();
        }
    }

    @Override
    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
        return writer.submit(view -> work.apply(view), true);
    }

    /** For bookkeeping of the store itself: joins a later commit. {@code work} answers what to do behind the commit. */
    CompletionStage<Void> writeLater(Function<LmdbWriteView, Runnable> work) {
        return writer.submitThen(work, false);
    }

    CompletionStage<Void> writeNow(Function<LmdbWriteView, Runnable> work) {
        return writer.submitThen(work, true);
    }

    Txn<ByteBuffer> beginWrite() {
        return env.txnWrite();
    }

    LmdbWriteView view(Txn<ByteBuffer> txn, Writer.Counters counters, WriteBuffers buffers) {
        return new LmdbWriteView(
                databases,
                layout,
                txn,
                catalog,
                counters.clock,
                counters.wall,
                counters.sequence,
                counters.nextTable,
                buffers);
    }

    void committed(LmdbWriteView view, HybridTimestamp clock) {
        catalog = view.catalog();
        committedThrough = clock;
        conflicts.committed(view.lastConflict());
        view.tablesMade().forEach(changes::made);
        changes.committed(view.rowsAdded(), view.sequence());
    }

    /** How many operations a commit took, told behind it. */
    public void onBatch(IntConsumer listener) {
        onBatch = listener;
    }

    void batch(int operations) {
        onBatch.accept(operations);
    }

    ConflictRows conflictRows() {
        return conflicts;
    }

    @Override
    public ConflictLog conflicts() {
        return conflicts;
    }

    @Override
    public HybridTimestamp committedThrough() {
        return committedThrough;
    }

    ChangeRows rows() {
        return changes;
    }

    List<TableDescriptor> dropped() {
        return readRaw((txn, all) -> TableRecords.all(txn, all.dropped));
    }

    /** Up to {@code most} keys of a database that begin with a prefix, copied. */
    static List<ByteBuffer> keysUnder(
            Txn<ByteBuffer> txn, org.lmdbjava.Dbi<ByteBuffer> database, ByteBuffer prefix, int most) {
        List<ByteBuffer> keys = new ArrayList<>();
        try (CursorIterable<ByteBuffer> entries = database.iterate(txn, org.lmdbjava.KeyRange.atLeast(prefix))) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                if (keys.size() == most || !Keys.startsWith(entry.key(), prefix)) {
                    break;
                }
                ByteBuffer copy = ByteBuffer.allocateDirect(entry.key().remaining());
                keys.add(copy.put(entry.key().duplicate()).flip());
            }
        }
        return keys;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public ChangeLog changes() {
        return changes;
    }

    /** Commits what is queued, refuses what comes later, waits for readers. */
    @Override
    public void close() {
        writer.close();
        open.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            closeIdleReaders();
            env.close();
        } finally {
            open.writeLock().unlock();
        }
    }
}
