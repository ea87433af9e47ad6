package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One operation of the API. */
interface Operation {
    /**
     * Answers a request whose types and constraints hold.
     *
     * @throws ApiException if the request is refused; the stage may fail with one too
     */
    CompletionStage<Reply> execute(RequestReader request);

    /** As {@link #execute(RequestReader)}. @param calledAs as {@code host:port} what the client calls the server */
    default CompletionStage<Reply> execute(RequestReader request, String calledAs) {
        return execute(request);
    }

    /** Whether it may read so much that it should not hold up an event loop. */
    default boolean isHeavy() {
        return false;
    }

    /** What it may take of the heap for what it reads, until it is answered. */
    default long readBytes() {
        return isHeavy() ? PageReader.PAGE_HEAP_BYTES : 0;
    }

    /**
     * As {@link #execute}, if no more than so many bytes are to be read for it. What an operation that is heavy answers in
     * most cases is not worth a worker: comparison, Query.
     *
     * @return null if it is more, or may be; nothing has happened then
     */
    default @Nullable Reply executeBriefly(RequestReader request, long readBytesMax) {
        return null;
    }

    /** The layer in which the service checks this operation's values. */
    default ValueLayer layer() {
        return ValueLayer.OLDER;
    }

    /** What is refused before the constraints of the request are looked at. */
    default void beforeConstraints(RequestReader request) {}
}
