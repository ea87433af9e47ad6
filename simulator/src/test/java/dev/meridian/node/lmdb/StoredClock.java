package dev.meridian.node.lmdb;

import dev.meridian.node.store.DamagedValues;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/** Plants a bug: a store that has not kept its clock. */
public final class StoredClock {
    private StoredClock() {}

    public static void forget(Path folder) {
        if (!Files.exists(folder.resolve("data.mdb"))) {
            return;
        }
        try (Env<ByteBuffer> env = Env.create()
                .setMapSize(1L << 30)
                .setMaxDbs(Databases.COUNT)
                .open(folder.toFile(), EnvFlags.MDB_NOSYNC)) {
            Databases databases = new Databases(env, new CheckedValues(new DamagedValues(), number -> null));
            try (Txn<ByteBuffer> txn = env.txnWrite()) {
                databases.meta.put(txn, Keys.text(Meta.CLOCK.storedName()), Keys.number(0));
                txn.commit();
            }
        }
    }
}
