package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Applier;
import dev.meridian.replicator.RecordCheck;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusRecord;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads a copy: its chunks are applied as remote writes are, so that whatever else arrives meanwhile is merged. Begin,
 * end and the entries counted are kept as documents, in the transactions that they belong to, for the control plane to
 * act upon. What a source that gave up left in the topic does not count.
 *
 * <p>A region that has the table already, and loads it anew, also removes what the source has seen and no longer has: it
 * was deleted, and the tombstone may be gone. What the source has not seen stays.
 */
final class CopyLoader implements Replicator.WorkMaker {
    /** Documents by table id: the {@code begin} of the attempt that is being loaded. */
    static final String BEGUN = "copy-begun";

    /** Documents by table id: how many entries of that attempt are loaded. */
    static final String LOADED = "copy-loaded";

    /** Documents by table id: the {@code end} of the attempt that has been loaded. */
    static final String ENDED = "copy-ended";

    private final TableId table;
    private final KeySchema schema;
    private final VersionVector seen;

    /** @param seen what the source is known to have seen besides what it says */
    CopyLoader(TableId table, KeySchema schema, VersionVector seen) {
        this.table = table;
        this.schema = schema;
        this.seen = seen;
    }

    /** Nothing of a load is left: the next one begins from nothing. */
    static void forget(WriteView view, TableId table) {
        for (String space : new String[] {BEGUN, LOADED, ENDED}) {
            if (view.document(space, table.toString()).isPresent()) {
                view.document(space, table.toString(), null);
            }
        }
    }

    static long count(Bytes loaded) {
        return ByteSink.getVarint(loaded.asBuffer());
    }

    private static Bytes count(long loaded) {
        ByteSink out = new ByteSink(Long.BYTES);
        out.putVarint(loaded);
        return out.toBytes();
    }

    @Override
    public Replicator.Work make(BusRecord record) {
        Bytes value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("copy record without a value");
        }
        CopyRecord copy = CopyRecord.decode(value);
        if (copy instanceof CopyRecord.Chunk chunk) {
            HybridTimestamp newest = HybridTimestamp.ZERO;
            for (Versioned entry : chunk.entries()) {
                RecordCheck.check(schema, entry.key(), entry.image());
                HybridTimestamp time = entry.stamp().version().time();
                newest = time.isAfter(newest) ? time : newest;
            }
            return new Replicator.Work(newest, transaction -> load(transaction, chunk));
        }
        if (copy instanceof CopyRecord.End end) {
            return new Replicator.Work(HybridTimestamp.ZERO, transaction -> end(transaction, end, value));
        }
        return new Replicator.Work(HybridTimestamp.ZERO, transaction -> {
            transaction.document(BEGUN, table.toString(), value);
            transaction.document(LOADED, table.toString(), count(0));
        });
    }

    /** The beginning of the attempt that a record is of, if that is the one being loaded. */
    private CopyRecord.@Nullable Begin begin(ReplicaTransaction transaction, CopyRecord record) {
        Optional<CopyRecord> begun =
                transaction.document(BEGUN, table.toString()).map(CopyRecord::decode);
        return begun.isPresent() && begun.get() instanceof CopyRecord.Begin begin && begin.attempt() == record.attempt()
                ? begin
                : null;
    }

    private long loaded(ReplicaTransaction transaction) {
        return transaction
                .document(LOADED, table.toString())
                .map(CopyLoader::count)
                .orElse(0L);
    }

    private void load(ReplicaTransaction transaction, CopyRecord.Chunk chunk) {
        transaction.transaction(null);
        chunk.entries().forEach(entry -> Applier.apply(transaction, table, entry.key(), entry.image(), entry.stamp()));
        CopyRecord.Begin begin = begin(transaction, chunk);
        if (begin != null) {
            Set<ItemKey> kept = new HashSet<>();
            chunk.entries().forEach(entry -> kept.add(entry.key()));
            ItemKey last = chunk.entries().get(chunk.entries().size() - 1).key();
            transaction.purge(table, chunk.after(), last, kept, begin.seen().join(seen));
            long loaded = loaded(transaction) + chunk.entries().size();
            transaction.document(LOADED, table.toString(), count(loaded));
        }
    }

    private void end(ReplicaTransaction transaction, CopyRecord.End end, Bytes value) {
        CopyRecord.Begin begin = begin(transaction, end);
        if (begin == null) {
            return;
        }
        long loaded = loaded(transaction);
        if (loaded != end.entries()) {
            throw new IllegalStateException("the copy had " + end.entries() + " entries, " + loaded + " arrived");
        }
        transaction.transaction(null);
        transaction.purge(table, end.after(), null, Set.of(), begin.seen().join(seen));
        transaction.document(ENDED, table.toString(), value);
    }
}
