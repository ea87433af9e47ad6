package dev.meridian.simulator.world;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
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
    public HybridTimestamp committedThrough() {
        return store.committedThrough();
    }

    @Override
    public void close() {
        store.close();
    }
}
