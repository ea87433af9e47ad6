package dev.meridian.simulator.bench;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.control.StoreReplica;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.replicator.Ignored;
import dev.meridian.replicator.Replicator;
import dev.meridian.simulator.comparison.Folders;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A replicator in catch-up, from records that have arrived to a synced commit, beside LMDB's puts of the same bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ApplyBenchmark {
    /** As many as the replicator applies in one transaction. */
    private static final int BATCH = 500;

    private static final int RECORDS = 10_000;

    /** From a record to the next that is changed: each has its turn once before any has it again. */
    private static final int STRIDE = 7_919;

    private static final RegionId THERE = new RegionId("there");
    private static final TopicPartition TOPIC = new TopicPartition("replication", 0);

    private final Arrived arrived = new Arrived();
    private final ItemKey[] keys = new ItemKey[RECORDS];

    /** Of each key, two in turn: what changes nothing is not in the stream of the region that applies it. */
    private final Bytes[][] images = new Bytes[2][RECORDS];

    private final ByteBuffer rawKey = ByteBuffer.allocateDirect(32);
    private final ByteBuffer rawValue = ByteBuffer.allocateDirect(4096);
    private long changes;
    private Path folder;
    private LmdbStore store;
    private Replicator replicator;
    private Env<ByteBuffer> env;
    private Dbi<ByteBuffer> database;
    private Dbi<ByteBuffer> rows;
    private long clock = HybridTimestamp.ofMillis(1).bits();

    /** What has been fetched already. */
    private static final class Arrived implements BusReader {
        private List<BusRecord> records = List.of();
        private long next;

        @Override
        public List<BusRecord> poll(int maxRecords) {
            List<BusRecord> all = records;
            records = List.of();
            return all;
        }

        @Override
        public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {}

        @Override
        public void unfollow(Set<TopicPartition> partitions) {}

        @Override
        public Set<TopicPartition> followed() {
            return Set.of(TOPIC);
        }

        @Override
        public @Nullable TopicId topicId(TopicPartition at) {
            return null;
        }

        @Override
        public Map<TopicPartition, Lost> lost() {
            return Map.of();
        }

        @Override
        public void suspend() {}

        @Override
        public void resume() {}

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public void onArrival(Runnable doorbell) {}

        @Override
        public void close() {}
    }

    @Setup
    public void open() throws IOException {
        folder = Files.createTempDirectory("apply-benchmark");
        store = LmdbStore.open(
                LmdbStore.Config.durable(folder.resolve("store"), new RegionId("here"), InstantSource.system()));
        Samples.table(store, true);
        replicator = new Replicator(
                THERE, arrived, new StoreReplica(store), InstantSource.system(), InstantSource.system(), () -> {});
        replicator.follow(TOPIC, Samples.TABLE, Samples.SCHEMA, Ignored.NOTHING);
        for (int record = 0; record < RECORDS; record++) {
            keys[record] = ItemKey.of(Samples.item(record), Samples.SCHEMA);
            for (int each = 0; each < images.length; each++) {
                images[each][record] = Bytes.wrap(ItemCodec.encode(Samples.item(record, record + each * RECORDS)));
            }
        }
        env = Samples.rawLmdb(folder);
        database = env.openDbi("items", DbiFlags.MDB_CREATE);
        rows = env.openDbi("rows", DbiFlags.MDB_CREATE);
        for (int filled = 0; filled < RECORDS; filled += BATCH) {
            arrive();
            apply();
            rawBatch();
        }
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        env.close();
        Folders.delete(folder);
    }

    /** The next records that change. */
    @Setup(Level.Invocation)
    public void arrive() {
        List<BusRecord> records = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            changes++;
            clock++;
            Stamp stamp = new Stamp(new Version(new HybridTimestamp(clock), THERE), VersionVector.EMPTY);
            int record = record(changes);
            records.add(new BusRecord(
                    TOPIC,
                    arrived.next,
                    1,
                    keys[record].partition(),
                    Bytes.wrap(ChangeCodec.encodeWithoutOldImage(change(record, stamp))),
                    new TreeMap<>()));
            arrived.next++;
        }
        arrived.records = records;
    }

    private static int record(long change) {
        return (int) (change * STRIDE % RECORDS);
    }

    private Bytes image(long change) {
        return images[(int) (change / RECORDS % images.length)][record(change)];
    }

    private Change change(int record, Stamp stamp) {
        return new Change(
                Samples.TABLE,
                new SequenceNumber(arrived.next + 1),
                EnumSet.of(Lane.REPLICATION),
                Cause.USER,
                stamp,
                keys[record],
                image(changes),
                null,
                1);
    }

    /** A record. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long apply() {
        long before = replicator.applied();
        while (replicator.applied() < before + BATCH) {
            if (replicator.turn() + store.writer().turn() == 0
                    && !replicator.alarms().isEmpty()) {
                throw new AssertionError(replicator.alarms());
            }
        }
        return replicator.applied();
    }

    /** A record, as an item alone. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void rawBatch() {
        raw(false);
    }

    /** A record, as an item and a row with both images: the bytes that an applied record leaves. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void rawBatchWithRows() {
        raw(true);
    }

    private void raw(boolean withRows) {
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            for (long change = changes - BATCH + 1; change <= changes; change++) {
                rawKey.clear();
                keys[record(change)].partition().putInto(rawKey);
                rawValue.clear();
                image(change).putInto(rawValue);
                database.put(txn, rawKey.flip(), rawValue.flip());
                if (withRows) {
                    rawKey.clear().putLong(change);
                    rawValue.clear();
                    image(change).putInto(rawValue);
                    image(change + RECORDS).putInto(rawValue);
                    rows.put(txn, rawKey.flip(), rawValue.flip(), PutFlags.MDB_APPEND);
                }
            }
            txn.commit();
        }
    }
}
