package dev.meridian.streams;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A port: the conflicts that one region's store keeps, for some days. Implementations are thread-safe. */
public interface ConflictLog {
    /**
     * Those with a greater id, in order.
     *
     * @param maxBytes stop once as much is read; at least one is returned if there is one
     */
    List<Conflict> read(long after, int max, int maxBytes);

    Optional<Conflict> get(long id);

    /** The id of the last one committed; 0 if there never was one. */
    long last();

    /** Up to which id they were marked as published; 0 at first. */
    long cursor();

    /** All up to and including this id are in the topic. Not urgent: it may join a later commit. */
    CompletionStage<Void> mark(long published);

    /** Calls {@code doorbell} after every commit that added some, from the committing thread: it must only wake. */
    void onCommit(Runnable doorbell);
}
