package dev.meridian.simulator.bench;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.simulator.comparison.Folders;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The store with a sync for each commit: batches of puts of 1 KB beside LMDB alone, and reads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StoreBenchmark {
    private static final int BATCH = 100;
    private static final int RECORDS = 1_000;

    private final SplittableRandom random = new SplittableRandom(1);
    private Path folder;
    private LmdbStore store;
    private TableDescriptor table;
    private Env<ByteBuffer> env;
    private Dbi<ByteBuffer> database;
    private final ItemKey[] keys = new ItemKey[RECORDS];
    private final Bytes[] images = new Bytes[RECORDS];
    private final ByteBuffer rawKey = ByteBuffer.allocateDirect(32);
    private final ByteBuffer rawValue = ByteBuffer.allocateDirect(4096);

    @Setup
    public void open() throws IOException {
        folder = Files.createTempDirectory("store-benchmark");
        store = LmdbStore.open(
                LmdbStore.Config.durable(folder.resolve("store"), new RegionId("here"), InstantSource.system()));
        table = Samples.table(store, false);
        for (int record = 0; record < RECORDS; record++) {
            keys[record] = ItemKey.of(Samples.item(record), Samples.SCHEMA);
            images[record] = Bytes.wrap(ItemCodec.encode(Samples.item(record)));
            put(record);
        }
        Samples.turn(store);
        env = Samples.rawLmdb(folder);
        database = env.openDbi("items", DbiFlags.MDB_CREATE);
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        env.close();
        Folders.delete(folder);
    }

    private void put(int record) {
        store.write(view -> view.put(table, keys[record], images[record], Cause.USER));
    }

    /** Reading what was there, item, change row, counts; a record. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void commitBatch() {
        for (int i = 0; i < BATCH; i++) {
            put(random.nextInt(RECORDS));
        }
        Samples.turn(store);
    }

    /** The same bytes under keys of the same length, a record. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void rawBatch() {
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            for (int i = 0; i < BATCH; i++) {
                int record = random.nextInt(RECORDS);
                rawKey.clear();
                keys[record].partition().putInto(rawKey);
                rawValue.clear();
                images[record].putInto(rawValue);
                database.put(txn, rawKey.flip(), rawValue.flip());
            }
            txn.commit();
        }
    }

    /** As GetItem does: bytes to JSON within a snapshot. */
    @Benchmark
    public byte[] read() {
        ItemKey key = keys[random.nextInt(RECORDS)];
        return store.read(view -> {
            ByteSink out = new ByteSink(2048);
            AttributeJson.write(view.get(table, key).image(), out);
            return out.toArray();
        });
    }

    /** All items as a Scan does, an item. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int scan() {
        return store.read(view -> {
            ByteSink out = new ByteSink(2048 * RECORDS);
            int[] bytes = {0};
            view.scan(table, ScanRange.table(null), stored -> {
                bytes[0] += stored.sizeBytes();
                AttributeJson.write(stored.image(), out);
                return true;
            });
            return bytes[0] + out.length();
        });
    }
}
