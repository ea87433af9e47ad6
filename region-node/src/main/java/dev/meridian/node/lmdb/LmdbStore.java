package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridClock;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyHash;
import dev.meridian.model.RegionId;
import dev.meridian.model.StoreHistory;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoreClosedException;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/**
 * A region's store in one LMDB environment. Reads run on the calling thread; all writes go through {@link #writer}, which
 * somebody must turn, as must the {@link #sweeper}.
 */
public final class LmdbStore implements Store {
    /** As 0.1.0 wrote it: no value has a checksum, positions are offsets alone. */
    private static final int FORMAT_FIRST = 1;

    /** Values that have been written since have a checksum. */
    private static final int FORMAT_WITH_SOME_CHECKSUMS = 2;

    /** Every value of {@link CheckedValues} has one. */
    static final int FORMAT = 3;

    /** Sparse: address space, not disk. Never changed under a live reader. */
    public static final long MAP_BYTES_DEFAULT = 1L << 40;

    /** Long enough for an operating system to write its page cache back after a broker has acknowledged a row. */
    public static final Duration ROW_RETENTION_DEFAULT = Duration.ofSeconds(60);

    private final DamagedValues damaged = new DamagedValues();
    private final CheckedValues values = new CheckedValues(damaged, this::tableOf);
    private final Scrubber scrubber;
    private final StoreDisk disk;
    private final Outage outage;
    private volatile Env<ByteBuffer> env;
    private volatile Databases databases;
    private final ItemLayout layout;
    private final ChangeRows changes;
    private final ConflictRows conflicts;
    private final Writer writer;
    private final Sweeper sweeper;
    private final IndexBuilder indexBuilder;
    private final StoredHistory history;
    private final ConcurrentLinkedDeque<LmdbReadView> idleReaders = new ConcurrentLinkedDeque<>();
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    private volatile Catalog catalog = Catalog.EMPTY;
    private volatile HybridTimestamp committedThrough;
    private volatile IntConsumer onBatch = operations -> {};
    private boolean closed;
    private boolean readable = true;
    private long mapBytes;

    /**
     * How a store is opened.
     *
     * @param folder made if it is not there
     * @param sync whether a commit is on disk before it is acknowledged; only a simulation goes without
     * @param mapBytes most that the store can hold
     * @param rowRetention how long a published change row is kept, for the case that the broker loses it
     * @param random names the store's lives
     * @param faults what a test puts between the store and its disk
     */
    public record Config(
            Path folder,
            RegionId region,
            InstantSource clock,
            boolean sync,
            long mapBytes,
            Duration rowRetention,
            RandomGenerator random,
            DiskFaults faults) {
        /** On the disk as it is. */
        public Config(
                Path folder,
                RegionId region,
                InstantSource clock,
                boolean sync,
                long mapBytes,
                Duration rowRetention,
                RandomGenerator random) {
            this(folder, region, clock, sync, mapBytes, rowRetention, random, DiskFaults.NONE);
        }

        public static Config durable(Path folder, RegionId region, InstantSource clock) {
            return new Config(
                    folder, region, clock, true, MAP_BYTES_DEFAULT, ROW_RETENTION_DEFAULT, new SecureRandom());
        }
    }

    /**
     * Opens a store, or makes one. A full disk hinders only the latter.
     *
     * @throws IllegalStateException if the folder holds the store of another region or of a later format
     * @throws StorageFaultException if the disk refuses, or has no room for a new one
     */
    public static LmdbStore open(Config config) throws IOException {
        return open(config, KeyHash::of);
    }

    static LmdbStore open(Config config, ToLongFunction<Bytes> hash) throws IOException {
        StoreDisk disk = new StoreDisk(config);
        Env<ByteBuffer> env = disk.open(config.mapBytes());
        try {
            return new LmdbStore(env, disk, config, hash);
        } catch (RuntimeException failed) {
            disk.close(env);
            throw disk.translate(failed);
        }
    }

    private LmdbStore(Env<ByteBuffer> env, StoreDisk disk, Config config, ToLongFunction<Bytes> hash) {
        this.env = env;
        this.disk = disk;
        this.mapBytes = config.mapBytes();
        this.outage = new Outage(this, config, disk);
        this.databases = new Databases(env, values);
        this.layout = new ItemLayout(hash);
        this.changes = new ChangeRows(this);
        this.conflicts = new ConflictRows(this);
        claim(config.region());
        Committed committed = restore();
        try (Txn<ByteBuffer> txn = env.txnRead()) {
            this.history = new StoredHistory(txn, databases, committed.clock, config.random());
        }
        this.catalog = committed.catalog;
        this.committedThrough = committed.clock;
        HybridClock clock =
                new HybridClock(config.clock(), config.region(), history.get().life(), committed.clock);
        this.writer = new Writer(this, config, outage, clock, committed.sequence, committed.nextTable);
        this.sweeper = new Sweeper(this, config);
        this.indexBuilder = new IndexBuilder(this, config.clock());
        this.scrubber = new Scrubber(this, values, config.clock());
        disk.proven(env);
    }

    /** What is kept in memory of the last commit. */
    private record Committed(Catalog catalog, HybridTimestamp clock, long sequence, int nextTable) {}

    /** Reads it, and tells change rows and conflicts. */
    private Committed restore() {
        try (Txn<ByteBuffer> txn = env.txnRead()) {
            TreeMap<String, TableDescriptor> tables = new TreeMap<>();
            List<TableDescriptor> all = new ArrayList<>(TableRecords.all(txn, databases, Kind.DROPPED_TABLE));
            for (TableDescriptor table : TableRecords.all(txn, databases, Kind.TABLE)) {
                tables.put(table.name(), table);
                all.add(table);
            }
            long sequence = databases.number(txn, Meta.SEQUENCE, 0);
            changes.restore(txn, databases, all, sequence);
            conflicts.restore(txn, databases);
            HybridTimestamp clock = new HybridTimestamp(databases.number(txn, Meta.CLOCK, 0));
            return new Committed(new Catalog(tables), clock, sequence, (int) databases.number(txn, Meta.NEXT_TABLE, 1));
        }
    }

    /** For messages. */
    private @Nullable TableDescriptor tableOf(int number) {
        for (TableDescriptor table : catalog.tables().values()) {
            if (table.number() == number || table.index(number) != null) {
                return table;
            }
        }
        return null;
    }

    /** A new folder becomes this region's; another region's is refused. */
    private void claim(RegionId region) {
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            ByteBuffer owner = databases.meta.get(txn, Keys.text(Meta.REGION.storedName()));
            if (owner == null) {
                checkMeta(txn);
                databases.meta.put(txn, Keys.text(Meta.REGION.storedName()), Keys.text(region.value()));
                databases.meta.put(txn, Keys.text(Meta.FORMAT.storedName()), Keys.number(FORMAT));
                txn.commit();
                values.setComplete();
                return;
            }
            String name = Keys.text(owner);
            if (!name.equals(region.value())) {
                throw new IllegalStateException("the folder holds the store of region " + name + ", not of " + region);
            }
            long format = databases.number(txn, Meta.FORMAT, 0);
            if (format < FORMAT_FIRST || format > FORMAT) {
                throw new IllegalStateException("the folder holds a store of format " + format + "; this release reads "
                        + FORMAT_FIRST + " to " + FORMAT);
            }
            checkMeta(txn);
            if (format == FORMAT) {
                values.setComplete();
            }
        }
    }

    /** The format from this commit on: an earlier release, which would misread checksums, no longer opens the store. */
    static int format(CheckedValues values) {
        return values.isComplete() ? FORMAT : FORMAT_WITH_SOME_CHECKSUMS;
    }

    /** One that is not known here is one that was changed, and is missing under its own name: the clock, for example. */
    private void checkMeta(Txn<ByteBuffer> txn) {
        try (CursorIterable<ByteBuffer> entries = databases.meta.iterate(txn)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                if (!Meta.isName(Keys.text(entry.key()))) {
                    throw Keys.damaged("store's own value", entry.key());
                }
            }
        }
    }

    /** Commits what is queued. To be turned by one thread. */
    public Duty writer() {
        return writer;
    }

    /** Trims published rows, sweeps dropped tables, fills and clears indexes. To be turned by one thread. */
    public Duty sweeper() {
        return () -> sweeper.turn() + indexBuilder.turn();
    }

    /** Compares checksums, bounded in bytes a second. To be turned by one thread. */
    public Scrubber scrubber() {
        return scrubber;
    }

    /** Calls {@code doorbell} whenever something is queued for the writer: it must only wake. */
    public void onQueued(Runnable doorbell) {
        writer.onQueued(doorbell);
    }

    /** Why writes fail at present; empty while they do not. */
    public Optional<StorageFault> fault() {
        StorageFaultException why = outage.fault();
        return why == null ? Optional.empty() : Optional.of(why.fault());
    }

    /** How often the environment was opened again, because a sync had failed. */
    public long reopenings() {
        return outage.reopenings();
    }

    boolean isSyncLost(RuntimeException failure) {
        return disk.isSyncLost(env, failure);
    }

    /** Whether readers are served. For the writer's thread. */
    boolean isReading() {
        return readable && !StoreDisk.isPanicked(env);
    }

    long freeMapBytes() {
        return mapBytes - env.info().lastPageNumber * env.stat().pageSize;
    }

    void commit(Txn<ByteBuffer> txn) {
        disk.commit(txn);
    }

    /** Commits nothing new: behind it, all that the environment shows is durable. */
    void prove() {
        writer.prove();
    }

    /**
     * Opens the environment again, on the writer's thread, with no reader in between. What it then shows is the last
     * commit that went well; if it shows one whose sync failed, that is made durable first. Until this succeeds, readers
     * get the last commit that went well if it is to be had.
     */
    void reopen() throws IOException {
        open.writeLock().lock();
        try {
            if (closed) {
                throw new StoreClosedException();
            }
            closeIdleReaders();
            disk.close(env);
            readable = false;
            try {
                env = disk.open(mapBytes);
            } catch (IOException | RuntimeException failed) {
                env = disk.openToRead(mapBytes);
                databases = new Databases(env, values);
                readable = disk.showsLastDurable(env);
                throw failed;
            }
            databases = new Databases(env, values);
            if (!disk.showsLastDurable(env)) {
                prove();
            }
            Committed committed = restore();
            try (Txn<ByteBuffer> txn = env.txnRead()) {
                history.reopened(txn, databases);
            }
            catalog = committed.catalog;
            committedThrough = committed.clock;
            writer.restore(committed.sequence, committed.nextTable);
            readable = true;
        } finally {
            open.writeLock().unlock();
        }
        changes.ring();
        conflicts.ring();
    }

    /** For drills: the greatest size of the store from now on, at least what it has in use. Waits for readers. */
    public void limit(long newMapBytes) {
        writer.between(() -> {
            open.writeLock().lock();
            try {
                if (closed) {
                    throw new StoreClosedException();
                }
                closeIdleReaders();
                env.setMapSize(newMapBytes);
                mapBytes = newMapBytes;
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
        return withReader(view -> work.apply(view.txn(), view.databases));
    }

    <T> T withReader(Function<LmdbReadView, T> work) {
        while (true) {
            long reopenings = outage.reopenings();
            open.readLock().lock();
            try {
                LmdbReadView view = beginRead();
                if (view != null) {
                    try {
                        return work.apply(view);
                    } finally {
                        view.txn().reset();
                        idleReaders.addFirst(view);
                    }
                }
            } finally {
                open.readLock().unlock();
            }
            if (!outage.awaitReopening(reopenings)) {
                throw unreadable();
            }
        }
    }

    /** @return null if LMDB refuses until the environment is opened again, which the writer does at its next turn */
    private @Nullable LmdbReadView beginRead() {
        if (closed) {
            throw new StoreClosedException();
        }
        if (!readable) {
            throw unreadable();
        }
        // Before the snapshot: an index that it calls ACTIVE has all its entries there.
        Catalog before = catalog;
        LmdbReadView view = idleReaders.pollFirst();
        try {
            if (view == null) {
                return new LmdbReadView(databases, layout, env.txnRead(), before);
            }
            view.renew(before);
            return view;
        } catch (LmdbNativeException.PanicException refused) {
            return null;
        }
    }

    private StorageFaultException unreadable() {
        StorageFaultException why = outage.fault();
        StorageFault fault = why == null ? StorageFault.FAILING : why.fault();
        return new StorageFaultException(
                fault,
                fault.text() + ", and the store cannot be opened again; it tries every second",
                true,
                why == null ? new IllegalStateException("LMDB refuses transactions") : why);
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
                history.get(),
                buffers);
    }

    /** In each commit, before it ends. */
    void storeHistory(LmdbWriteView view) {
        history.store(view, view.renewedHistory());
    }

    void committed(LmdbWriteView view, HybridTimestamp clock) {
        catalog = view.catalog();
        history.committed();
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
    public StoreHistory history() {
        return history.told();
    }

    @Override
    public ConflictLog conflicts() {
        return conflicts;
    }

    @Override
    public DamagedValues damaged() {
        return damaged;
    }

    @Override
    public HybridTimestamp committedThrough() {
        return committedThrough;
    }

    ChangeRows rows() {
        return changes;
    }

    List<TableDescriptor> dropped() {
        return readRaw((txn, all) -> TableRecords.all(txn, all, Kind.DROPPED_TABLE));
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
            disk.close(env);
        } finally {
            open.writeLock().unlock();
        }
    }
}
