package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** One operation of the API. */
interface Operation {
    /**
     * Answers a request whose types and constraints hold.
     *
     * @throws ApiException if the request is refused; the stage may fail with one too
     */
    CompletionStage<Reply> execute(RequestReader request);

    /** Whether it may read so much that it should not hold up an event loop. */
    default boolean isHeavy() {
        return false;
    }

    /** The layer in which the service checks this operation's values. */
    default ValueLayer layer() {
        return ValueLayer.OLDER;
    }

    /** What is refused before the constraints of the request are looked at. */
    default void beforeConstraints(RequestReader request) {}
}
