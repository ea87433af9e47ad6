package dev.meridian.simulator.virtual;

import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Another region's Kafka, at the other end of a link. */
final class LinkedBus extends ForwardingBus {
    /** A request or an answer without records. */
    static final long SMALL_BYTES = 200;

    private static final long REQUEST_TIMEOUT_MICROS = 30_000_000;

    private final MemoryBus kafka;
    private final BooleanSupplier isUp;
    private final VirtualLink link;
    private final EventQueue queue;
    private final Costs costs;

    /** @param isUp whether the Kafka answers */
    LinkedBus(MemoryBus kafka, BooleanSupplier isUp, VirtualLink link, EventQueue queue, Costs costs) {
        super(kafka);
        this.kafka = kafka;
        this.isUp = isUp;
        this.link = link;
        this.queue = queue;
        this.costs = costs;
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return request(() -> kafka.ends(partitions));
    }

    @Override
    public CompletionStage<Map<String, TopicId>> topicIds(Collection<String> topics) {
        return request(() -> kafka.topicIds(topics));
    }

    private <T> CompletionStage<T> request(Supplier<CompletionStage<T>> question) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        link.request(SMALL_BYTES, () -> {
            if (isUp.getAsBoolean()) {
                T answer = question.get().toCompletableFuture().join();
                link.answer(SMALL_BYTES, () -> stage.complete(answer));
            }
        });
        queue.after(
                REQUEST_TIMEOUT_MICROS,
                () -> stage.completeExceptionally(
                        new BusUnavailableException("no answer", new IllegalStateException("timed out"))));
        return stage;
    }

    @Override
    public BusReader reader(Isolation isolation) {
        return new LinkedReader(kafka.reader(isolation), isUp, link, queue, costs);
    }

    @Override
    public CompletionStage<Void> ensureTopic(TopicSpec topic) {
        throw remote();
    }

    @Override
    public CompletionStage<Void> deleteTopic(String topic) {
        throw remote();
    }

    @Override
    public CompletionStage<Tail> tail(TopicPartition partition, Predicate<BusRecord> counts) {
        throw remote();
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        throw remote();
    }

    private static AssertionError remote() {
        return new AssertionError("a region only reads from another region's Kafka");
    }
}
