package dev.meridian.streams.consumer;

import dev.meridian.streams.BusUnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what a bus answers. */
final class BusClient {
    private final Duration patience;

    BusClient(Duration patience) {
        this.patience = patience;
    }

    /** @throws BusUnavailableException if it does not answer in time, or is away */
    <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            throw new BusUnavailableException("no answer within " + patience, slow);
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            throw cause instanceof RuntimeException expected
                    ? expected
                    : new BusUnavailableException("no answer", failed);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new BusUnavailableException("interrupted", asked);
        }
    }
}
