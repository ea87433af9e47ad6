package dev.meridian.node.lmdb;

import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.ConflictCodec;
import dev.meridian.streams.ConflictLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** The conflicts, in the order of their ids. Ids and the mark are the store's own values; they outlive what they count. */
final class ConflictRows implements ConflictLog {
    /** Beyond this the oldest go, published or not: a storm of conflicts between large items must not fill the disk. */
    static final long BYTES_MAX = 2L << 30;

    /** No table has this number: their counts lie beside those of tables. */
    private static final int NO_TABLE = 0;

    private final LmdbStore store;
    private final List<Runnable> doorbells = new CopyOnWriteArrayList<>();
    private volatile long last;
    private volatile long cursor;

    /** One to be deleted. */
    record Old(long id, int bytes) {}

    ConflictRows(LmdbStore store) {
        this.store = store;
    }

    /** Called whenever an environment has been opened. */
    void restore(Txn<ByteBuffer> txn, Databases databases) {
        last = databases.number(txn, Meta.CONFLICT, 0);
        cursor = databases.number(txn, Meta.CONFLICT_PUBLISHED, 0);
    }

    /** There may be something new. */
    void ring() {
        doorbells.forEach(Runnable::run);
    }

    private static long bytes(Txn<ByteBuffer> txn, Databases databases) {
        ByteBuffer counts = databases.statistics.get(txn, Keys.table(NO_TABLE));
        return counts == null ? 0 : counts.getLong(Long.BYTES);
    }

    /** Keeps count of them and their bytes. */
    static void count(LmdbWriteView view, long conflicts, long bytes) {
        ByteBuffer counts = view.databases.statistics.get(view.txn(), Keys.table(NO_TABLE));
        long before = counts == null ? 0 : counts.getLong(0);
        long bytesBefore = counts == null ? 0 : counts.getLong(Long.BYTES);
        ByteBuffer after = ByteBuffer.allocateDirect(2 * Long.BYTES)
                .putLong(before + conflicts)
                .putLong(bytesBefore + bytes)
                .flip();
        view.put(view.databases.statistics, Keys.table(NO_TABLE), after);
    }

    /** Behind a commit, on the writer. @param newest of that commit; 0 if it had none */
    void committed(long newest) {
        if (newest > 0) {
            last = newest;
            doorbells.forEach(Runnable::run);
        }
    }

    /** Published and detected before {@code before}, or more than there is room for: the oldest ones first. */
    List<Old> old(long before, int most) {
        return old(before, most, BYTES_MAX);
    }

    List<Old> old(long before, int most, long bytesMax) {
        return store.readRaw((txn, databases) -> {
            List<Old> old = new ArrayList<>();
            long left = bytes(txn, databases);
            try (Cursor<ByteBuffer> at = databases.conflicts.openCursor(txn)) {
                boolean found = at.seek(SeekOp.MDB_FIRST);
                while (found && old.size() < most) {
                    long id = at.key().getLong(0);
                    ByteBuffer body = databases.values().bodyIfIntact(Kind.CONFLICT, at.key(), at.val());
                    // Nobody can read a damaged one.
                    boolean over = body == null || (ConflictCodec.detectedMillis(body) < before && id <= cursor);
                    if (!over && left <= bytesMax) {
                        break;
                    }
                    int size = at.val().remaining();
                    left -= size;
                    old.add(new Old(id, size));
                    found = at.seek(SeekOp.MDB_NEXT);
                }
            }
            return old;
        });
    }

    CompletionStage<Void> delete(List<Old> old) {
        return store.writeNow(view -> {
            long bytes = 0;
            for (Old each : old) {
                view.delete(view.databases.conflicts, Keys.number(each.id));
                bytes += each.bytes;
            }
            count(view, -old.size(), -bytes);
            return () -> {};
        });
    }

    @Override
    public List<Conflict> read(long after, int max, int maxBytes) {
        return store.readRaw((txn, databases) -> {
            List<Conflict> conflicts = new ArrayList<>();
            int bytes = 0;
            try (Cursor<ByteBuffer> at = databases.conflicts.openCursor(txn)) {
                boolean found = at.get(Keys.number(after + 1), GetOp.MDB_SET_RANGE);
                while (found && conflicts.size() < max && bytes < maxBytes) {
                    bytes += at.val().remaining();
                    ByteBuffer body = databases.values().bodyIfIntact(Kind.CONFLICT, at.key(), at.val());
                    if (body != null) {
                        conflicts.add(ConflictCodec.decode(body));
                    }
                    found = at.seek(SeekOp.MDB_NEXT);
                }
            }
            return conflicts;
        });
    }

    @Override
    public Optional<Conflict> get(long id) {
        return store.readRaw((txn, databases) -> {
            ByteBuffer value = databases.get(txn, Kind.CONFLICT, Keys.number(id));
            return value == null ? Optional.empty() : Optional.of(ConflictCodec.decode(value));
        });
    }

    @Override
    public long last() {
        return last;
    }

    @Override
    public long cursor() {
        return cursor;
    }

    @Override
    public CompletionStage<Void> mark(long published) {
        return store.writeLater(view -> {
            view.putMeta(Meta.CONFLICT_PUBLISHED, Keys.number(published));
            return () -> cursor = published;
        });
    }

    @Override
    public void onCommit(Runnable doorbell) {
        doorbells.add(doorbell);
    }
}
