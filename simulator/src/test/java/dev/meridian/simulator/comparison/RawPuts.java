package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;

/** What LMDB alone can do: puts of 1 KB over random records of those there are, some in each synced commit. */
final class RawPuts implements AutoCloseable {
    private static final long MAP_BYTES = 1L << 33;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> database;
    private final int records;
    private final SplittableRandom random = new SplittableRandom(1);
    private final ByteBuffer key = ByteBuffer.allocateDirect(16);
    private final ByteBuffer value;

    RawPuts(Path folder, int records, int valueBytes) throws IOException {
        this.records = records;
        Files.createDirectories(folder);
        env = Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(folder.toFile());
        database = env.openDbi("items", DbiFlags.MDB_CREATE);
        value = ByteBuffer.allocateDirect(valueBytes);
        value.put(Tables.text(0, valueBytes).getBytes(StandardCharsets.US_ASCII))
                .flip();
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            for (int record = 0; record < records; record++) {
                put(txn, record);
            }
            txn.commit();
        }
    }

    private void put(Txn<ByteBuffer> txn, int record) {
        key.clear();
        // Like a hash: neighbours lie apart.
        key.putLong(record * 0x9E3779B97F4A7C15L).flip();
        database.put(txn, key, value);
    }

    /** @return puts a second */
    double run(int batch, int seconds) {
        long begin = System.nanoTime();
        long until = begin + TimeUnit.SECONDS.toNanos(seconds);
        long done = 0;
        while (System.nanoTime() < until) {
            try (Txn<ByteBuffer> txn = env.txnWrite()) {
                for (int i = 0; i < batch; i++) {
                    put(txn, random.nextInt(records));
                }
                txn.commit();
            }
            done += batch;
        }
        return done / ((System.nanoTime() - begin) / 1e9);
    }

    @Override
    public void close() {
        env.close();
    }
}
