package dev.meridian.node.store;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictLog;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Hands everything on to another store; who stands in overrides what it is for. */
public class ForwardingStore implements Store {
    protected final Store store;

    public ForwardingStore(Store store) {
        this.store = store;
    }

    @Override
    public <T> T read(Function<ReadView, T> work) {
        return store.read(work);
    }

    @Override
    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
        return store.write(work);
    }

    @Override
    public Catalog catalog() {
        return store.catalog();
    }

    @Override
    public ChangeLog changes() {
        return store.changes();
    }

    @Override
    public ConflictLog conflicts() {
        return store.conflicts();
    }

    @Override
    public DamagedValues damaged() {
        return store.damaged();
    }

    @Override
    public StoreHistory history() {
        return store.history();
    }

    @Override
    public HybridTimestamp committedThrough() {
        return store.committedThrough();
    }

    @Override
    public void close() {
        store.close();
    }
}
