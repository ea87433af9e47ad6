package dev.meridian.node.lmdb;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridClock;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.StoreClosedException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/**
 * The one writer: takes what is queued, does it in one LMDB transaction, commits (and syncs) once, and then tells all
 * who waited. An operation that fails before its first edit is left out. When storage fails in the middle, nothing of
 * the transaction stays, and each operation is tried again by itself, so that only those fail that must.
 */
final class Writer implements Duty, AutoCloseable {
    /** Beyond some hundreds the sync is no longer what a commit costs, and those in front wait for those behind. */
    private static final int MAX_OPERATIONS = 512;

    /** Dirty pages of one commit; the largest legal item is 400 KB. */
    private static final long MAX_BYTES = 8L << 20;

    /** Bookkeeping that is not urgent waits at most this long for a commit to join. */
    private static final long LATER_MILLIS = 200;

    private final LmdbStore store;
    private final Outage outage;
    private final ConcurrentLinkedQueue<Operation<?>> queue = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Operation<?>> later = new ConcurrentLinkedQueue<>();
    private final Counters counters;
    private final WriteBuffers buffers = new WriteBuffers();
    private final Object turning = new Object();
    private volatile Runnable doorbell = () -> {};
    private volatile boolean closed;

    /** What the commit under way, or the last one, is about to write. */
    private long committingBytes;

    /** What the writer counts, as last committed; the clock may be ahead, never behind. */
    static final class Counters {
        final InstantSource wall;
        final HybridClock clock;
        long sequence;
        int nextTable;

        Counters(InstantSource wall, HybridClock clock, long sequence, int nextTable) {
            this.wall = wall;
            this.clock = clock;
            this.sequence = sequence;
            this.nextTable = nextTable;
        }
    }

    /** Something queued. */
    private static final class Operation<T> {
        final Function<LmdbWriteView, T> work;
        final Function<T, Runnable> behindCommit;
        final long queuedMillis;
        final CompletableFuture<T> stage = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable Throwable failure;

        Operation(Function<LmdbWriteView, T> work, Function<T, Runnable> behindCommit, long queuedMillis) {
            this.work = work;
            this.behindCommit = behindCommit;
            this.queuedMillis = queuedMillis;
        }

        /** @return false if it failed after its first edit: the transaction must not be committed */
        boolean run(LmdbWriteView view) {
            long before = view.edits();
            failure = null;
            view.transaction(null);
            try {
                result = work.apply(view);
                return true;
            } catch (LmdbException | StorageFaultException storage) {
                throw storage;
            } catch (RuntimeException | AssertionError thrown) {
                boolean edited = view.edits() != before;
                boolean isBug = edited && !(thrown instanceof DamagedValueException);
                failure = isBug ? new AssertionError("a write failed after its first edit", thrown) : thrown;
                return !edited;
            }
        }

        @SuppressWarnings("NullAway") // T may be nullable: the result is what the work returned
        void finish() {
            if (failure != null) {
                stage.completeExceptionally(failure);
            } else {
                behindCommit.apply(result).run();
                stage.complete(result);
            }
        }
    }

    Writer(LmdbStore store, LmdbStore.Config config, Outage outage, HybridClock clock, long sequence, int nextTable) {
        this.store = store;
        this.outage = outage;
        this.counters = new Counters(config.clock(), clock, sequence, nextTable);
    }

    /**
     * The environment was opened again, and shows this. The clock stays where it is: what a lost commit has handed out is
     * not handed out again. Its sequence numbers are, for nothing of them has left the node.
     */
    void restore(long sequence, int nextTable) {
        counters.sequence = sequence;
        counters.nextTable = nextTable;
    }

    /** Commits the clock's reading. */
    void prove() {
        try (Txn<ByteBuffer> txn = store.beginWrite()) {
            LmdbWriteView view = store.view(txn, counters, buffers);
            view.putMeta(Meta.CLOCK, Keys.number(counters.clock.last().bits()));
            store.commit(txn);
        }
    }

    void onQueued(Runnable newDoorbell) {
        doorbell = newDoorbell;
    }

    <T> CompletionStage<T> submit(Function<LmdbWriteView, T> work, boolean urgent) {
        return enqueue(new Operation<>(work, unused -> () -> {}, counters.wall.millis()), urgent);
    }

    CompletionStage<Void> submitThen(Function<LmdbWriteView, Runnable> work, boolean urgent) {
        Operation<Runnable> operation = new Operation<>(work, behind -> behind, counters.wall.millis());
        return enqueue(operation, urgent).thenAccept(unused -> {});
    }

    private <T> CompletableFuture<T> enqueue(Operation<T> operation, boolean urgent) {
        (urgent ? queue : later).add(operation);
        if (closed && (queue.remove(operation) || later.remove(operation))) {
            operation.stage.completeExceptionally(new StoreClosedException());
        } else if (urgent) {
            doorbell.run();
        }
        return operation.stage;
    }

    @Override
    public int turn() {
        synchronized (turning) {
            return closed ? 0 : commitQueued();
        }
    }

    /** Runs while no transaction is open for writing. */
    void between(Runnable work) {
        synchronized (turning) {
            work.run();
        }
    }

    private int commitQueued() {
        StorageFaultException refusal = outage.turn();
        if (refusal != null) {
            return refuseQueued(refusal);
        }
        if (queue.isEmpty() && !isLaterDue()) {
            return 0;
        }
        List<Operation<?>> batch = new ArrayList<>();
        try {
            commit(batch, true);
        } catch (UncommittableException bug) {
            retryEach(batch);
        } catch (LmdbException | StorageFaultException | DiskFaultException broken) {
            if (outage.failed(broken, committingBytes)) {
                refuse(batch, broken);
            } else {
                retryEach(batch);
            }
        }
        batch.forEach(Operation::finish);
        return batch.size();
    }

    /** Not a bug of theirs, and not to be run again: what they wrote may yet be found written. */
    private void refuse(List<Operation<?>> operations, RuntimeException broken) {
        StorageFaultException why = outage.fault();
        operations.forEach(operation -> operation.failure = why == null ? broken : why);
    }

    private int refuseQueued(StorageFaultException why) {
        int refused = 0;
        for (ConcurrentLinkedQueue<Operation<?>> waiting : List.of(queue, later)) {
            for (Operation<?> next = waiting.poll(); next != null; next = waiting.poll()) {
                next.failure = why;
                next.finish();
                refused++;
            }
        }
        return refused;
    }

    private void retryEach(List<Operation<?>> batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (retryAlone(batch.get(i))) {
                refuse(batch.subList(i + 1, batch.size()), new IllegalStateException("a sync has failed"));
                return;
            }
        }
    }

    private boolean isLaterDue() {
        Operation<?> oldest = later.peek();
        return oldest != null
                && DueTime.isReached(oldest.queuedMillis + LATER_MILLIS, LATER_MILLIS, counters.wall.millis());
    }

    /** Runs the batch, which grows from the queues if {@code draining}, in one transaction. */
    private void commit(List<Operation<?>> batch, boolean draining) {
        try (Txn<ByteBuffer> txn = store.beginWrite()) {
            LmdbWriteView view = store.view(txn, counters, buffers);
            try {
                if (draining) {
                    drain(batch, view);
                } else {
                    batch.forEach(operation -> runOrAbort(operation, view));
                }
            } finally {
                committingBytes = view.editedBytes();
            }
            if (view.edits() == 0) {
                return;
            }
            view.storeRows();
            store.storeHistory(view);
            view.putMeta(Meta.CLOCK, Keys.number(counters.clock.last().bits()));
            view.putMeta(Meta.SEQUENCE, Keys.number(view.sequence()));
            view.putMeta(Meta.NEXT_TABLE, Keys.number(view.nextTable()));
            store.commit(txn);
            outage.succeeded(committingBytes);
            counters.sequence = view.sequence();
            counters.nextTable = view.nextTable();
            store.committed(view, counters.clock.last());
            store.batch(batch.size());
        }
    }

    private void drain(List<Operation<?>> batch, LmdbWriteView view) {
        while (batch.size() < MAX_OPERATIONS && view.editedBytes() < MAX_BYTES) {
            Operation<?> next = queue.poll();
            if (next == null) {
                next = later.poll();
            }
            if (next == null) {
                return;
            }
            batch.add(next);
            runOrAbort(next, view);
        }
    }

    private static void runOrAbort(Operation<?> operation, LmdbWriteView view) {
        if (!operation.run(view)) {
            throw new UncommittableException();
        }
    }

    /** @return whether a sync was lost: no further one may be tried */
    private boolean retryAlone(Operation<?> operation) {
        try {
            commit(List.of(operation), false);
        } catch (LmdbException | StorageFaultException | DiskFaultException broken) {
            boolean lost = outage.failed(broken, committingBytes);
            operation.failure = lost ? outage.fault() : outage.translate(broken);
            return lost;
        } catch (UncommittableException bug) {
            // The operation holds the failure already.
        }
        return false;
    }

    /** An operation edited and then failed. */
    private static final class UncommittableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UncommittableException() {
            super(null, null, false, false);
        }
    }

    @Override
    public void close() {
        synchronized (turning) {
            if (closed) {
                return;
            }
            while (!queue.isEmpty() || !later.isEmpty()) {
                if (commitQueued() == 0) {
                    later.forEach(operation -> queue.add(operation));
                    later.clear();
                }
            }
            closed = true;
        }
        for (Operation<?> late = queue.poll(); late != null; late = queue.poll()) {
            late.stage.completeExceptionally(new StoreClosedException());
        }
        for (Operation<?> late = later.poll(); late != null; late = later.poll()) {
            late.stage.completeExceptionally(new StoreClosedException());
        }
    }
}
