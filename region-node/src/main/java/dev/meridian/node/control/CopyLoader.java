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
import dev.meridian.replicator.GlobalTable;
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
    private final String name;
    private final KeySchema schema;
    private final String loadId;
    private final LoadRule rule;

    /** @param loadId what this region's membership calls the load, which ends when it calls it otherwise */
    CopyLoader(TableId table, String name, KeySchema schema, String loadId, LoadRule rule) {
        this.table = table;
        this.name = name;
        this.schema = schema;
        this.loadId = loadId;
        this.rule = rule;
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
            if (!isCurrent(transaction)) {
                return;
            }
            transaction.document(BEGUN, table.toString(), value);
            transaction.document(LOADED, table.toString(), count(0));
        });
    }

    @Override
    public boolean hasShape(BusRecord record) {
        try {
            return record.value() != null && CopyRecord.decode(record.value()) != null;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    /** The beginning of the attempt that a record is of, if that is the one being loaded. */
    private CopyRecord.@Nullable Begin begin(ReplicaTransaction transaction, CopyRecord record) {
        if (!isCurrent(transaction)) {
            return null;
        }
        Optional<CopyRecord> begun =
                transaction.document(BEGUN, table.toString()).map(CopyRecord::decode);
        return begun.isPresent() && begun.get() instanceof CopyRecord.Begin begin && begin.attempt() == record.attempt()
                ? begin
                : null;
    }

    /** What was fetched of a copy may arrive when the region already loads another, of another source perhaps. */
    private boolean isCurrent(ReplicaTransaction transaction) {
        return transaction
                .document(Memberships.SPACE, table.toString())
                .map(GlobalTable::decode)
                .map(known -> known.member(rule.self()))
                .filter(self -> self.loadId().equals(loadId))
                .isPresent();
    }

    private long loaded(ReplicaTransaction transaction) {
        return transaction
                .document(LOADED, table.toString())
                .map(CopyLoader::count)
                .orElse(0L);
    }

    private void load(ReplicaTransaction transaction, CopyRecord.Chunk chunk) {
        transaction.transaction(null);
        for (Versioned entry : chunk.entries()) {
            if (!rule.wasDeleted(entry.stamp().version()) || transaction.stamp(table, entry.key()) != null) {
                Applier.apply(transaction, table, entry.key(), entry.image(), entry.stamp());
            }
        }
        CopyRecord.Begin begin = begin(transaction, chunk);
        if (begin != null) {
            Set<ItemKey> kept = new HashSet<>();
            chunk.entries().forEach(entry -> kept.add(entry.key()));
            ItemKey last = chunk.entries().get(chunk.entries().size() - 1).key();
            remove(
                    transaction,
                    rule.removable(begin, begin.floor().join(chunk.floor())),
                    begin,
                    chunk.after(),
                    last,
                    kept);
            long loaded = loaded(transaction) + chunk.entries().size();
            transaction.document(LOADED, table.toString(), count(loaded));
        }
    }

    private void remove(
            ReplicaTransaction transaction,
            VersionVector removable,
            CopyRecord.Begin begin,
            @Nullable ItemKey after,
            @Nullable ItemKey through,
            Set<ItemKey> kept) {
        transaction.purge(table, after, through, kept, removable).forEach((key, version) -> {
            if (rule.isLoss(version)) {
                DataLosses.note(
                        transaction,
                        table + "/" + version,
                        new DataLoss(
                                begin.attempt(),
                                name,
                                TableDigest.keyJson(schema, key),
                                "version " + version + " was written after the store had been put back, and"
                                        + " lies below deletes that other regions have forgotten"));
            }
        });
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
        remove(transaction, rule.removable(begin, begin.floor().join(end.floor())), begin, end.after(), null, Set.of());
        transaction.document(ENDED, table.toString(), value);
    }
}
