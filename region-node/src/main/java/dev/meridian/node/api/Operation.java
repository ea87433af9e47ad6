package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** One operation of the API. */
interface Operation {
    /** @throws ApiException if the request is refused; the stage may fail with one too */
    CompletionStage<Reply> execute(RequestReader request);

    /** Whether it may read so much that it should not hold up an event loop. */
    default boolean isHeavy() {
        return false;
    }
}
