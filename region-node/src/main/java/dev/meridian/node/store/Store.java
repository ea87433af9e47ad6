package dev.meridian.node.store;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictLog;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A port: everything one region keeps. Thread-safe. */
public interface Store extends AutoCloseable {
    /** Runs {@code work} on one consistent snapshot, on the calling thread. Nothing of the view may leave it. */
    <T> T read(Function<ReadView, T> work);

    /**
     * Queues {@code work} for the writer. Work that throws before its first edit has no effect and its exception comes
     * out of the stage; work must not throw after its first edit. The stage completes, on the writer's thread, when the
     * commit is durable.
     *
     * @return fails with {@link StoreFullException} if there is no room, {@link StoreClosedException} after close, or
     *     what {@code work} threw
     */
    <T> CompletionStage<T> write(Function<WriteView, T> work);

    /** The tables as last committed. */
    Catalog catalog();

    ChangeLog changes();

    ConflictLog conflicts();

    /** A clock that no committed local write is above. */
    HybridTimestamp committedThrough();

    @Override
    void close();
}
