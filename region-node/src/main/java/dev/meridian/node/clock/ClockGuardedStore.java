package dev.meridian.node.clock;

import dev.meridian.node.store.ClockUntrustedException;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** The store as requests write to it: not while the clock, of which their versions are made, is not to be trusted. */
public final class ClockGuardedStore extends ForwardingStore {
    private final Supplier<Optional<String>> refusal;

    public ClockGuardedStore(Store store, Supplier<Optional<String>> refusal) {
        super(store);
        this.refusal = refusal;
    }

    @Override
    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
        Optional<String> why = refusal.get();
        return why.isPresent()
                ? CompletableFuture.failedStage(new ClockUntrustedException(why.get()))
                : store.write(work);
    }

    /** The store stays its owner's. */
    @Override
    public void close() {}
}
