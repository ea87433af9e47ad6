package dev.meridian.streams.kafka;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicRefusedException;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus upon one Kafka cluster. Calls other than reading and producing go by its {@link CallPolicy}; producing
 * is retried by Kafka's own producer until it succeeds.
 */
public final class KafkaBus implements OrderedBus {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    /** Retention works by whole segments: small ones let a quiet topic forget in time. */
    private static final long SEGMENT_BYTES = 64L << 20;

    /** How often a topic that was just made is looked for before it counts as missing. */
    private static final int FRESH_LOOKS = 20;

    private static final long FRESH_LOOK_MILLIS = 50;

    private static final Logger LOG = LoggerFactory.getLogger(KafkaBus.class);

    private final Config config;
    private final BrokerHandshake handshake;
    private volatile @Nullable Admin admin;

    /** Whether the cluster did not answer lately: then it is looked at what answers in its place. */
    private volatile boolean silent;

    private final ScheduledExecutorService scheduler;
    private final Set<KafkaWriter> writers = ConcurrentHashMap.newKeySet();
    private final CallPolicy policy;
    private final TailReader tails;
    private volatile boolean closed;
    private final TopicLook topicLook;

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

    /** For a consumer's program: with a policy of its own. */
    public KafkaBus(Config config) {
        this(config, new CallPolicy(config.name(), InstantSource.system()));
    }

    public KafkaBus(Config config, CallPolicy policy) {
        this.config = config;
        this.policy = policy;
        this.handshake = new BrokerHandshake(config);
        try {
            openAdmin();
        } catch (TimeoutException unknown) {
            LOG.warn("{}: {}", config.name(), unknown.getMessage());
        }
        this.scheduler = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, config.name() + "-retry");
            thread.setDaemon(true);
            return thread;
        });
        this.tails = new TailReader(config);
        this.topicLook = new AdminTopicLook(this::admin);
        scheduler.scheduleWithFixedDelay(
                this::lookIfSilent, LOOK_AGAIN.toMillis(), LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        scheduler.scheduleWithFixedDelay(
                this::lookForTopicsThatWereLost, LOOK_AGAIN.toMillis(), LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void lookIfSilent() {
        if (silent || admin == null || handshake.fault().isPresent()) {
            silent = false;
            handshake.look();
        }
    }

    /** Appends that wait for a topic that has gone are given up, so that it is made again. */
    private void lookForTopicsThatWereLost() {
        writers.removeIf(KafkaWriter::isClosed);
        Set<String> unanswered = new TreeSet<>();
        writers.forEach(writer -> unanswered.addAll(writer.unanswered()));
        if (!unanswered.isEmpty()) {
            topicIds(unanswered).thenAccept(there -> writers.forEach(writer -> writer.found(there.keySet())));
        }
    }

    /** What answers at the cluster's address instead of Kafka; empty if Kafka does, or nothing. */
    public Optional<String> fault() {
        return handshake.fault();
    }

    private Admin openAdmin() {
        Admin open = admin;
        if (open == null) {
            Map<String, Object> properties = config.client("admin");
            properties.put("default.api.timeout.ms", String.valueOf(CALL_TIMEOUT.toMillis()));
            properties.put("request.timeout.ms", String.valueOf(CALL_TIMEOUT.toMillis()));
            handshake.require();
            open = BrokerNames.require(config.bootstrap(), () -> ClientFrames.bound(Admin.create(properties)));
            admin = open;
            if (closed) {
                // Nobody else would.
                open.close(Duration.ZERO);
            }
        }
        return open;
    }

    /** Names are asked for on the one thread that may wait for them. */
    private CompletionStage<Admin> admin() {
        Admin open = admin;
        return open != null
                ? CompletableFuture.completedFuture(open)
                : CompletableFuture.supplyAsync(this::openAdmin, scheduler);
    }

    /** It is not for Kafka's being away that it fails. */
    private static boolean isRefusal(Throwable failure) {
        return failure instanceof InvalidReplicationFactorException
                || failure instanceof InvalidConfigurationException
                || failure instanceof PolicyViolationException;
    }

    static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private <T> CompletionStage<T> call(String what, Supplier<CompletionStage<T>> attempt) {
        String named = what + " at " + config.bootstrap();
        return policy.call(
                        scheduler,
                        named,
                        () -> attempt.get().exceptionallyCompose(failure -> {
                            Throwable told = translate(unwrap(failure));
                            silent |= told instanceof BusUnavailableException;
                            return CompletableFuture.failedFuture(told);
                        }))
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explained(named, unwrap(failure))));
    }

    /** What is known to answer there says more than that a call failed, or was not made. */
    private Throwable explained(String what, Throwable failure) {
        return failure instanceof BusUnavailableException
                ? fault().<Throwable>map(fault -> new BusUnavailableException(what + ": " + fault, failure))
                        .orElse(failure)
                : failure;
    }

    /** What passes says so; what does not is the cluster's answer. */
    private static Throwable translate(Throwable failure) {
        if (isRefusal(failure)) {
            return new TopicRefusedException(String.valueOf(failure.getMessage()), failure);
        }
        return failure instanceof RetriableException
                ? new BusUnavailableException(String.valueOf(failure.getMessage()), failure)
                : failure;
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
        Optional<Short> factor = topic.replicationFactor() == 0
                ? Optional.empty()
                : Optional.of((short) Math.min(Short.MAX_VALUE, topic.replicationFactor()));
        NewTopic wanted = new NewTopic(topic.name(), Optional.of(topic.partitions()), factor);
        return call(
                "create topic " + topic.name(),
                () -> admin().thenCompose(open -> settle(
                                open.createTopics(List.of(wanted.configs(settings)))
                                        .all()
                                        .toCompletionStage(),
                                TopicExistsException.class)
                        .thenCompose(unused -> grow(open, topic))));
    }

    /** A topic that an earlier table of the same name left may have too few partitions. */
    private static CompletionStage<Void> grow(Admin open, TopicSpec topic) {
        return settle(
                open.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(topic.partitions())))
                        .all()
                        .toCompletionStage(),
                InvalidPartitionsException.class);
    }

    @Override
    public CompletionStage<Set<String>> retain(Map<String, Long> millis) {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        millis.forEach((topic, kept) -> changes.put(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                List.of(new AlterConfigOp(
                        new ConfigEntry(TopicConfig.RETENTION_MS_CONFIG, String.valueOf(kept)),
                        AlterConfigOp.OpType.SET))));
        return call(
                "set retention of " + millis.keySet(),
                () -> admin().thenCompose(open -> {
                    Map<String, CompletableFuture<Boolean>> each = new TreeMap<>();
                    open.incrementalAlterConfigs(changes)
                            .values()
                            .forEach((topic, altered) -> each.put(
                                    topic.name(),
                                    isThere(altered.toCompletionStage()).toCompletableFuture()));
                    return CompletableFuture.allOf(each.values().toArray(new CompletableFuture<?>[0]))
                            .thenApply(unused -> each.entrySet().stream()
                                    .filter(topic -> topic.getValue().join())
                                    .map(Map.Entry::getKey)
                                    .collect(Collectors.toSet()));
                }));
    }

    /** False if it failed because there is no such topic. */
    private static CompletionStage<Boolean> isThere(CompletionStage<Void> stage) {
        CompletableFuture<Boolean> there = new CompletableFuture<>();
        stage.whenComplete((done, failure) -> {
            if (failure == null || unwrap(failure) instanceof UnknownTopicOrPartitionException) {
                there.complete(failure == null);
            } else {
                there.completeExceptionally(unwrap(failure));
            }
        });
        return there;
    }

    @Override
    public CompletionStage<Integer> replicationFactorMost() {
        return call(
                "count brokers",
                () -> admin().thenCompose(open -> open.describeCluster().nodes().toCompletionStage())
                        .thenApply(Collection::size));
    }

    @Override
    public CompletionStage<Void> deleteTopic(String topic) {
        return call(
                "delete topic " + topic,
                () -> admin().thenCompose(open -> settle(
                        open.deleteTopics(List.of(topic)).all().toCompletionStage(),
                        UnknownTopicOrPartitionException.class)));
    }

    /** For drills: what the partitions hold is no longer kept, as if it were too old. */
    public CompletionStage<Void> expire(Collection<TopicPartition> partitions) {
        Map<org.apache.kafka.common.TopicPartition, RecordsToDelete> all = new HashMap<>();
        partitions.forEach(at -> all.put(
                new org.apache.kafka.common.TopicPartition(at.topic(), at.partition()),
                RecordsToDelete.beforeOffset(-1)));
        return call(
                "expire records",
                () -> admin().thenCompose(open -> open.deleteRecords(all).all().toCompletionStage()));
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
    public CompletionStage<Integer> partitions(String topic) {
        return call(
                "describe topic " + topic,
                () -> topicLook
                        .look(List.of(topic), List.of())
                        .thenApply(seen -> seen.partitions().getOrDefault(topic, 0)));
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return offsets("ends", partitions, open -> AdminTopicLook.offsets(open, partitions, OffsetSpec.latest()));
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> since(Collection<TopicPartition> partitions, long fromMillis) {
        return offsets(
                "places",
                partitions,
                open -> fromMillis <= 0
                        ? AdminTopicLook.offsets(open, partitions, OffsetSpec.earliest())
                        : since(open, partitions, fromMillis));
    }

    /** Of no partition nothing is asked: it would say nothing of the cluster. */
    private CompletionStage<Map<TopicPartition, Long>> offsets(
            String what,
            Collection<TopicPartition> partitions,
            Function<Admin, CompletionStage<Map<TopicPartition, Long>>> look) {
        if (partitions.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        // There may be thousands of them.
        String named =
                partitions.size() == 1 ? partitions.iterator().next().toString() : partitions.size() + " partitions";
        return call(what + " of " + named, () -> admin().thenCompose(look));
    }

    private static CompletionStage<Map<TopicPartition, Long>> since(
            Admin open, Collection<TopicPartition> partitions, long fromMillis) {
        return AdminTopicLook.offsets(open, partitions, OffsetSpec.forTimestamp(fromMillis))
                .thenCompose(found -> {
                    // Kafka has a negative offset where no record is as young.
                    List<TopicPartition> older = found.keySet().stream()
                            .filter(at -> found.getOrDefault(at, 0L) < 0)
                            .toList();
                    return AdminTopicLook.offsets(open, older, OffsetSpec.latest())
                            .thenApply(ends -> {
                                Map<TopicPartition, Long> places = new LinkedHashMap<>(found);
                                places.putAll(ends);
                                places.values().removeIf(offset -> offset < 0);
                                return places;
                            });
                });
    }

    @Override
    public CompletionStage<Map<String, TopicId>> topicIds(Collection<String> topics) {
        return call("ids of topics", () -> topicLook.look(topics, List.of()).thenApply(TopicLook.Seen::ids));
    }

    @Override
    public CompletionStage<Tail> tail(TopicPartition partition, Predicate<BusRecord> counts) {
        return call(
                "tail of " + partition,
                () -> topicId(partition.topic(), FRESH_LOOKS)
                        .thenCompose(before -> tails.tail(partition, before, counts)
                                // Only behind the read does the second look tell which topic was read.
                                .thenCompose(tail -> topicId(partition.topic(), FRESH_LOOKS)
                                        .thenApply(after -> requireSame(before, after, tail)))));
    }

    private static Tail requireSame(TopicId before, TopicId after, Tail tail) {
        if (!after.equals(before)) {
            throw new UnknownTopicOrPartitionException("the topic was replaced while its end was looked at");
        }
        return tail;
    }

    /** Brokers learn a little later of a topic that was made. */
    private CompletionStage<TopicId> topicId(String topic, int looks) {
        return topicLook.look(List.of(topic), List.of()).thenCompose(seen -> {
            TopicId found = seen.ids().get(topic);
            if (found != null) {
                return CompletableFuture.completedFuture(found);
            }
            if (looks == 1) {
                return CompletableFuture.failedFuture(new UnknownTopicOrPartitionException("no topic " + topic));
            }
            return CompletableFuture.supplyAsync(
                            () -> looks - 1,
                            CompletableFuture.delayedExecutor(FRESH_LOOK_MILLIS, TimeUnit.MILLISECONDS, scheduler))
                    .thenCompose(left -> topicId(topic, left));
        });
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committed(String group, Collection<TopicPartition> partitions) {
        ListConsumerGroupOffsetsSpec asked = new ListConsumerGroupOffsetsSpec().topicPartitions(toKafka(partitions));
        return call(
                "positions of group " + group,
                () -> admin().thenCompose(open -> {
                    CompletableFuture<Map<TopicPartition, Long>> found = new CompletableFuture<>();
                    open.listConsumerGroupOffsets(Map.of(group, asked))
                            .partitionsToOffsetAndMetadata(group)
                            .toCompletionStage()
                            .whenComplete((offsets, failure) -> {
                                if (failure == null) {
                                    found.complete(known(offsets));
                                } else if (unwrap(failure) instanceof GroupIdNotFoundException) {
                                    found.complete(Map.of());
                                } else {
                                    found.completeExceptionally(unwrap(failure));
                                }
                            });
                    return found;
                }));
    }

    /** Kafka has a null where there is no position. */
    private static Map<TopicPartition, Long> known(
            Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, Long> known = new LinkedHashMap<>();
        offsets.forEach((partition, position) -> {
            if (position != null) {
                known.put(fromKafka(partition), position.offset());
            }
        });
        return known;
    }

    @Override
    public CompletionStage<Void> commit(String group, Map<TopicPartition, Long> offsets) {
        Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        offsets.forEach((partition, offset) -> positions.put(toKafka(partition), new OffsetAndMetadata(offset)));
        return call(
                "commit of group " + group,
                () -> admin().thenCompose(open ->
                        open.alterConsumerGroupOffsets(group, positions).all().toCompletionStage()));
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        KafkaWriter made = new KafkaWriter(config, name, fencing);
        writers.add(made);
        return made;
    }

    @Override
    public BusReader reader(Isolation isolation) {
        return new KafkaReader(config, isolation, topicLook, () -> silent = true);
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
        closed = true;
        scheduler.shutdownNow();
        tails.close();
        Admin open = admin;
        if (open != null) {
            open.close(Duration.ZERO);
        }
    }
}
