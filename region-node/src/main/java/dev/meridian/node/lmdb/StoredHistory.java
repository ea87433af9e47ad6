package dev.meridian.node.lmdb;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Life;
import dev.meridian.model.StoreHistory;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * The store's {@link StoreHistory}. A new life is written with the first commit of the process, so that a store opens on
 * a full disk too; nothing of a life leaves the region before it has committed something.
 */
final class StoredHistory {
    private StoreHistory history;

    /** What a crash leaves; until the first commit of a store's first life, what that commit will leave. */
    private volatile StoreHistory told;

    private boolean isStored;
    private @Nullable StoreHistory storing;

    StoredHistory(Txn<ByteBuffer> txn, Databases databases, HybridTimestamp clock, RandomGenerator random) {
        ByteBuffer stored = databases.meta.get(txn, Keys.text(Meta.HISTORY.storedName()));
        Life life = Life.random(random);
        if (stored == null) {
            this.history = StoreHistory.begin(Incarnation.random(random), life, clock);
            this.told = history;
        } else {
            this.told = decode(stored);
            this.history = told.opened(life, clock);
        }
    }

    private static StoreHistory decode(ByteBuffer stored) {
        try {
            return StoreHistory.decode(stored);
        } catch (IllegalArgumentException | IllegalStateException | BufferUnderflowException unreadable) {
            throw Keys.damaged("store's history", Keys.text(Meta.HISTORY.storedName()));
        }
    }

    /** What was committed last may not be there any more. */
    void reopened(Txn<ByteBuffer> txn, Databases databases) {
        ByteBuffer stored = databases.meta.get(txn, Keys.text(Meta.HISTORY.storedName()));
        StoreHistory now = history;
        StoreHistory kept =
                stored == null ? StoreHistory.begin(now.incarnation(), now.life(), now.openedAt()) : decode(stored);
        history = kept.life().equals(now.life()) ? kept : kept.opened(now.life(), now.openedAt());
        told = stored == null ? history : kept;
        isStored = false;
    }

    /**
     * What others may hear of. A life that is not stored yet is not in it: a crash would take it away, and the region would
     * take what others had seen of it for a later state of its own store. Until then the life before goes on.
     */
    StoreHistory told() {
        return told;
    }

    /** With the present life, stored or not. */
    StoreHistory get() {
        return history;
    }

    /** In each commit, before it ends. @param renewed what it is to be from now on; null if it stays */
    void store(LmdbWriteView view, @Nullable StoreHistory renewed) {
        storing = renewed == null ? history : renewed;
        if (!isStored || renewed != null) {
            view.putMeta(Meta.HISTORY, Keys.direct(storing.encode()));
            // From here on an earlier release cannot read it.
            view.putMeta(Meta.FORMAT, Keys.number(LmdbStore.format(view.databases.values())));
        }
    }

    /** Behind the commit. */
    void committed() {
        history = Objects.requireNonNull(storing);
        told = history;
        isStored = true;
    }
}
