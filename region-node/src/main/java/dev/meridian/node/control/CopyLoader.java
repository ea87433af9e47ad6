package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.TableId;
import dev.meridian.replicator.Applier;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusRecord;

/**
 * Loads a copy: its chunks are applied as remote writes are, so that whatever else arrives meanwhile is merged. Begin and
 * end are kept as documents, in the transactions that they belong to, for the control plane to act upon.
 */
final class CopyLoader implements Replicator.StepMaker {
    /** Documents by table id: the {@code begin} of the attempt that is being loaded. */
    static final String BEGUN = "copy-begun";

    /** Documents by table id: the {@code end} of the attempt that has been loaded. */
    static final String ENDED = "copy-ended";

    private static final int HUNDRED = 100;

    private final TableId table;
    private volatile long estimate;
    private volatile long loaded;

    CopyLoader(TableId table) {
        this.table = table;
    }

    /** 0 to 100; an estimate, for the table changes meanwhile. */
    int percent() {
        return estimate == 0 ? 0 : (int) Math.min(HUNDRED, loaded * HUNDRED / estimate);
    }

    @Override
    public Replicator.Step make(BusRecord record) {
        Bytes value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("copy record without a value");
        }
        CopyRecord copy = CopyRecord.decode(value);
        if (copy instanceof CopyRecord.Chunk chunk) {
            loaded += chunk.entries().size();
            return transaction -> {
                if (transaction.has(table)) {
                    chunk.entries()
                            .forEach(entry ->
                                    Applier.apply(transaction, table, entry.key(), entry.image(), entry.stamp()));
                }
            };
        }
        boolean begins = copy instanceof CopyRecord.Begin;
        if (copy instanceof CopyRecord.Begin begin) {
            estimate = begin.estimate();
            loaded = 0;
        }
        return transaction -> transaction.document(begins ? BEGUN : ENDED, table.toString(), value);
    }
}
