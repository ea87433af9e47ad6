package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Applier;
import dev.meridian.replicator.RecordCheck;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusRecord;
import java.util.Optional;

/**
 * Loads a copy: its chunks are applied as remote writes are, so that whatever else arrives meanwhile is merged. Begin,
 * end and the entries counted are kept as documents, in the transactions that they belong to, for the control plane to
 * act upon. What a source that gave up left in the topic does not count.
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

    CopyLoader(TableId table, KeySchema schema) {
        this.table = table;
        this.schema = schema;
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

    private boolean isOfThisAttempt(ReplicaTransaction transaction, CopyRecord record) {
        Optional<Bytes> begun = transaction.document(BEGUN, table.toString());
        return begun.isPresent() && CopyRecord.decode(begun.get()).attempt() == record.attempt();
    }

    private long loaded(ReplicaTransaction transaction) {
        return transaction
                .document(LOADED, table.toString())
                .map(CopyLoader::count)
                .orElse(0L);
    }

    private void load(ReplicaTransaction transaction, CopyRecord.Chunk chunk) {
        chunk.entries().forEach(entry -> Applier.apply(transaction, table, entry.key(), entry.image(), entry.stamp()));
        if (isOfThisAttempt(transaction, chunk)) {
            long loaded = loaded(transaction) + chunk.entries().size();
            transaction.document(LOADED, table.toString(), count(loaded));
        }
    }

    private void end(ReplicaTransaction transaction, CopyRecord.End end, Bytes value) {
        if (!isOfThisAttempt(transaction, end)) {
            return;
        }
        long loaded = loaded(transaction);
        if (loaded != end.entries()) {
            throw new IllegalStateException("the copy had " + end.entries() + " entries, " + loaded + " arrived");
        }
        transaction.document(ENDED, table.toString(), value);
    }
}
