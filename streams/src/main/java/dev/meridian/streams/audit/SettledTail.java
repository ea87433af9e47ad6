package dev.meridian.streams.audit;

import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The end of a partition, once all that was appended before it was asked for is committed or taken back: Kafka
 * acknowledges a commit before readers of committed records see it, and a publisher lets go of its rows by then.
 */
public final class SettledTail {
    private static final Executor SOON = CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

    private SettledTail() {}

    /** @param patience how long to wait; then the end is as it is */
    public static CompletionStage<Tail> of(OrderedBus bus, TopicPartition at, Duration patience) {
        long until = System.nanoTime() + patience.toNanos();
        return bus.ends(List.of(at)).thenCompose(ends -> look(bus, at, ends.getOrDefault(at, 0L), until));
    }

    private static CompletionStage<Tail> look(OrderedBus bus, TopicPartition at, long appended, long until) {
        return bus.tail(at, Recognition::isMarked)
                .thenCompose(tail -> tail.end() >= appended || System.nanoTime() - until > 0
                        ? CompletableFuture.completedFuture(tail)
                        : CompletableFuture.supplyAsync(() -> look(bus, at, appended, until), SOON)
                                .thenCompose(Function.identity()));
    }
}
