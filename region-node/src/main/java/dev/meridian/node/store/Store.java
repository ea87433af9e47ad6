package dev.meridian.node.store;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictLog;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A port: everything one region keeps. Thread-safe. */
public interface Store extends AutoCloseable {
    /** Documents by the region's own name: an operator wants the region to rejoin the others with this store. */
    String REJOIN_REQUESTED = "rejoin-requested";

    /**
     * Documents by the region's own name: an operator had the region begin empty, and it has not rejoined since. The value is
     * the folder in which the store before is, as text; empty if there was none.
     */
    String BEGUN_EMPTY = "begun-empty";

    /**
     * Runs {@code work} on one consistent snapshot, on the calling thread. Nothing of the view may leave it.
     *
     * @throws StorageFaultException if a sync has failed and the store cannot be opened again at present
     */
    <T> T read(Function<ReadView, T> work);

    /**
     * Queues {@code work} for the writer. Work that throws before its first edit has no effect and its exception comes
     * out of the stage; work must not throw after its first edit. The stage completes, on the writer's thread, when the
     * commit is durable.
     *
     * @return fails with {@link StorageFaultException} if the disk refuses, {@link StoreClosedException} after close, or
     *     what {@code work} threw
     */
    <T> CompletionStage<T> write(Function<WriteView, T> work);

    /** The tables as last committed. */
    Catalog catalog();

    ChangeLog changes();

    ConflictLog conflicts();

    /** What is known to be damaged. */
    DamagedValues damaged();

    /** The store's past and its present life. */
    StoreHistory history();

    /** A clock that no committed local write is above. */
    HybridTimestamp committedThrough();

    @Override
    void close();
}
