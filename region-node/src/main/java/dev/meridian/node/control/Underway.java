package dev.meridian.node.control;

import dev.meridian.streams.resilience.Pace;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one stage that a duty has begun, and waits for before it goes on. */
final class Underway {
    private @Nullable CompletionStage<?> stage;

    void begin(CompletionStage<?> next) {
        stage = next;
    }

    /**
     * Whether the stage is not done yet.
     *
     * @param ended is told once of each stage that is done, with why it failed, if it did
     */
    boolean waits(Consumer<Optional<Throwable>> ended) {
        CompletionStage<?> last = stage;
        if (last == null) {
            return false;
        }
        if (!last.toCompletableFuture().isDone()) {
            return true;
        }
        stage = null;
        ended.accept(failure(last));
        return false;
    }

    /**
     * Whether the stage is not done yet. The duty's pace is told how it ended.
     *
     * @param failed is told once of each stage that failed, before the pace is
     */
    boolean waits(Pace pace, Consumer<Throwable> failed) {
        return waits(failure -> failure.ifPresentOrElse(
                why -> {
                    failed.accept(why);
                    pace.failed(why);
                },
                pace::succeeded));
    }

    private static Optional<Throwable> failure(CompletionStage<?> done) {
        return done.toCompletableFuture()
                .handle((unused, failure) -> Optional.ofNullable(failure))
                .join()
                .map(failure -> failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
    }
}
