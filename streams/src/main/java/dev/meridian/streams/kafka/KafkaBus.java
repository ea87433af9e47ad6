package dev.meridian.streams.kafka;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The bus upon one Kafka cluster. Administrative calls are retried here, by {@link #retry}, and nowhere else; producing
 * is retried by Kafka's own producer until it succeeds.
 */
public final class KafkaBus implements OrderedBus {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
    private static final int RETRY_ATTEMPTS = 4;
    private static final Duration RETRY_FIRST = Duration.ofMillis(100);
    private static final double RETRY_GROWTH = 2.0;

    /** Retention works by whole segments: small ones let a quiet topic forget in time. */
    private static final long SEGMENT_BYTES = 64L << 20;

    private final Config config;
    private final Admin admin;
    private final ScheduledExecutorService scheduler;
    private final Retry retry;
    private final TailReader tails;

    /**
     * Which cluster.
     *
     * @param name of this client, for the cluster's logs and for fencing
     * @param properties go to every Kafka client as they are
     */
    public record Config(String name, String bootstrap, SortedMap<String, String> properties) {
        Map<String, Object> client(String role) {
            Map<String, Object> all = new HashMap<>(properties);
            all.put("bootstrap.servers", bootstrap);
            all.put("client.id", name + "." + role);
            all.put("reconnect.backoff.ms", "50");
            all.put("reconnect.backoff.max.ms", "1000");
            // Nothing listens to Kafka's telemetry push, and it opens connections of its own.
            all.put("enable.metrics.push", "false");
            return all;
        }
    }

    public KafkaBus(Config config) {
        this.config = config;
        Map<String, Object> properties = config.client("admin");
        properties.put("default.api.timeout.ms", String.valueOf(CALL_TIMEOUT.toMillis()));
        properties.put("request.timeout.ms", String.valueOf(CALL_TIMEOUT.toMillis()));
        this.admin = Admin.create(properties);
        this.scheduler = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, config.name() + "-retry");
            thread.setDaemon(true);
            return thread;
        });
        this.retry = Retry.of(
                config.name(),
                RetryConfig.custom()
                        .maxAttempts(RETRY_ATTEMPTS)
                        .intervalFunction(IntervalFunction.ofExponentialBackoff(RETRY_FIRST, RETRY_GROWTH))
                        .retryOnException(KafkaBus::isPassing)
                        .build());
        this.tails = new TailReader(config);
    }

    private static boolean isPassing(Throwable failure) {
        return unwrap(failure) instanceof RetriableException;
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private <T> CompletionStage<T> call(String what, Supplier<CompletionStage<T>> attempt) {
        return retry.executeCompletionStage(scheduler, attempt).handle((result, failure) -> {
            if (failure == null) {
                return result;
            }
            throw new BusUnavailableException(
                    what + " at " + config.bootstrap() + ": " + unwrap(failure).getMessage(), unwrap(failure));
        });
    }

    @Override
    public CompletionStage<Void> ensureTopic(TopicSpec topic) {
        Map<String, String> settings = new HashMap<>();
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(RECORD_BYTES_MAX));
        settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, String.valueOf(SEGMENT_BYTES));
        if (topic.compacted()) {
            settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        } else {
            settings.put(TopicConfig.RETENTION_MS_CONFIG, String.valueOf(topic.retentionMillis()));
        }
        NewTopic wanted = new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty());
        return call(
                "create topic " + topic.name(),
                () -> settle(
                                admin.createTopics(List.of(wanted.configs(settings)))
                                        .all()
                                        .toCompletionStage(),
                                TopicExistsException.class)
                        .thenCompose(unused -> grow(topic)));
    }

    /** A topic that an earlier table of the same name left may have too few partitions. */
    private CompletionStage<Void> grow(TopicSpec topic) {
        return settle(
                admin.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(topic.partitions())))
                        .all()
                        .toCompletionStage(),
                InvalidPartitionsException.class);
    }

    @Override
    public CompletionStage<Void> deleteTopic(String topic) {
        return call(
                "delete topic " + topic,
                () -> settle(
                        admin.deleteTopics(List.of(topic)).all().toCompletionStage(),
                        UnknownTopicOrPartitionException.class));
    }

    /** A failure that says the thing is as it should be is none. */
    private static CompletionStage<Void> settle(CompletionStage<Void> stage, Class<? extends Throwable> fine) {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        stage.whenComplete((done, failure) -> {
            if (failure == null || fine.isInstance(unwrap(failure))) {
                settled.complete(done);
            } else {
                settled.completeExceptionally(unwrap(failure));
            }
        });
        return settled;
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        Map<TopicPartition, CompletableFuture<Optional<Long>>> each = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            each.put(
                    partition, call("end of " + partition, () -> end(partition)).toCompletableFuture());
        }
        return CompletableFuture.allOf(each.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(unused -> {
                    Map<TopicPartition, Long> ends = new LinkedHashMap<>();
                    each.forEach((partition, end) -> end.join().ifPresent(offset -> ends.put(partition, offset)));
                    return ends;
                });
    }

    /** Empty if the topic is not there. */
    private CompletionStage<Optional<Long>> end(TopicPartition partition) {
        CompletableFuture<Optional<Long>> found = new CompletableFuture<>();
        admin.listOffsets(Map.of(toKafka(partition), OffsetSpec.latest()))
                .partitionResult(toKafka(partition))
                .toCompletionStage()
                .whenComplete((info, failure) -> {
                    if (failure == null) {
                        found.complete(Optional.of(info.offset()));
                    } else if (unwrap(failure) instanceof UnknownTopicOrPartitionException) {
                        found.complete(Optional.empty());
                    } else {
                        found.completeExceptionally(unwrap(failure));
                    }
                });
        return found;
    }

    @Override
    public CompletionStage<Tail> tail(TopicPartition partition) {
        return call("tail of " + partition, () -> tails.tail(partition));
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        return new KafkaWriter(config, name, fencing);
    }

    @Override
    public BusReader reader(Isolation isolation) {
        return new KafkaReader(config, isolation);
    }

    static org.apache.kafka.common.TopicPartition toKafka(TopicPartition partition) {
        return new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition());
    }

    static TopicPartition fromKafka(org.apache.kafka.common.TopicPartition partition) {
        return new TopicPartition(partition.topic(), partition.partition());
    }

    static Collection<org.apache.kafka.common.TopicPartition> toKafka(Collection<TopicPartition> partitions) {
        return partitions.stream().map(KafkaBus::toKafka).collect(Collectors.toList());
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        tails.close();
        admin.close(Duration.ZERO);
    }
}
