package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** Bounds what all requests under way take of the heap. Who finds no room waits in line. */
final class MemoryBudget {
    private final LongSupplier limit;
    private final ArrayDeque<Waiting> line = new ArrayDeque<>();
    private long held;

    private record Waiting(long bytes, CompletableFuture<Void> turn) {}

    /** @param limit in bytes; may change */
    MemoryBudget(LongSupplier limit) {
        this.limit = limit;
    }

    long limit() {
        return limit.getAsLong();
    }

    synchronized long held() {
        return held;
    }

    /**
     * Holds so many bytes, now or when there is room. More than the limit is held when nothing else is.
     *
     * @return completes on the thread that makes room; see {@link #giveUp}
     */
    @SuppressWarnings("NullAway") // a stage without a value
    CompletionStage<Void> hold(long bytes) {
        CompletableFuture<Void> turn = new CompletableFuture<>();
        synchronized (this) {
            if (!line.isEmpty() || !fits(bytes)) {
                line.add(new Waiting(bytes, turn));
                return turn;
            }
            held += bytes;
        }
        turn.complete(null);
        return turn;
    }

    private boolean fits(long bytes) {
        return held == 0 || held + bytes <= limit();
    }

    /** Holds more than there may be room for: what is there already. */
    synchronized void add(long bytes) {
        held += bytes;
    }

    void giveBack(long bytes) {
        List<Waiting> next;
        synchronized (this) {
            held -= bytes;
            next = letIn();
        }
        tell(next);
    }

    /** Holds what those at the head of the line wait for, as far as there is room. @return who they are */
    private List<Waiting> letIn() {
        List<Waiting> next = new ArrayList<>();
        while (!line.isEmpty() && fits(line.element().bytes())) {
            Waiting first = line.remove();
            held += first.bytes();
            next.add(first);
        }
        return next;
    }

    /** Not while the lock is held: whoever is told goes on with its work. */
    @SuppressWarnings("NullAway") // a stage without a value
    private static void tell(List<Waiting> next) {
        next.forEach(each -> each.turn().complete(null));
    }

    /** Whoever has waited in vain leaves the line, and fails: others go on. @return whether it was still waiting */
    boolean giveUp(CompletionStage<Void> turn) {
        List<Waiting> next;
        synchronized (this) {
            if (!line.removeIf(each -> each.turn() == turn)) {
                return false;
            }
            next = letIn();
        }
        tell(next);
        turn.toCompletableFuture()
                .completeExceptionally(new ApiException(
                        ErrorCode.SERVICE_UNAVAILABLE, "Too many large requests at one time; try again"));
        return true;
    }
}
