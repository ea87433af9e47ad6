package dev.meridian.node.control;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Looks at stages that are done. */
final class Stages {
    private Stages() {}

    /** Why a stage that is done failed, if it did. */
    static Optional<Throwable> failure(CompletionStage<?> done) {
        return done.toCompletableFuture()
                .handle((unused, failure) -> Optional.ofNullable(failure))
                .join()
                .map(failure -> failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
    }
}
