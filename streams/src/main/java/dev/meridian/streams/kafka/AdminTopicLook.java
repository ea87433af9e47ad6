package dev.meridian.streams.kafka;

import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** One description of all topics, and one question each for starts and ends. */
final class AdminTopicLook implements TopicLook {
    private final Supplier<CompletionStage<Admin>> admin;

    AdminTopicLook(Supplier<CompletionStage<Admin>> admin) {
        this.admin = admin;
    }

    @Override
    public CompletionStage<Seen> look(Collection<String> topics, Collection<TopicPartition> places) {
        return admin.get()
                .thenCompose(open -> describe(open, topics).thenCompose(found -> {
                    Map<String, TopicId> ids = new HashMap<>();
                    Map<String, Integer> partitions = new HashMap<>();
                    found.forEach((topic, description) -> {
                        ids.put(topic, identity(description));
                        partitions.put(topic, description.partitions().size());
                    });
                    Seen seen = new Seen(ids, partitions, new HashMap<>(), new HashMap<>());
                    List<TopicPartition> there =
                            places.stream().filter(seen::has).toList();
                    return offsets(open, there, OffsetSpec.earliest())
                            .thenCombine(offsets(open, there, OffsetSpec.latest()), (starts, ends) -> {
                                seen.starts().putAll(starts);
                                seen.ends().putAll(ends);
                                return seen;
                            });
                }));
    }

    private static TopicId identity(TopicDescription description) {
        return new TopicId(new UUID(
                description.topicId().getMostSignificantBits(),
                description.topicId().getLeastSignificantBits()));
    }

    private static CompletionStage<Map<String, TopicDescription>> describe(Admin open, Collection<String> topics) {
        if (topics.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        return known(open.describeTopics(topics).topicNameValues());
    }

    /** One question for all. A partition whose topic is not there is left out; {@code partitions} keep their order. */
    static CompletionStage<Map<TopicPartition, Long>> offsets(
            Admin open, Collection<TopicPartition> partitions, OffsetSpec which) {
        if (partitions.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        Map<org.apache.kafka.common.TopicPartition, OffsetSpec> asked = new HashMap<>();
        KafkaBus.toKafka(partitions).forEach(at -> asked.put(at, which));
        var answer = open.listOffsets(asked);
        Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> each = new LinkedHashMap<>();
        partitions.forEach(at -> each.put(at, answer.partitionResult(KafkaBus.toKafka(at))));
        return known(each).thenApply(found -> {
            Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
            found.forEach((at, info) -> offsets.put(at, info.offset()));
            return offsets;
        });
    }

    /** Those whose topic is there. */
    private static <K, T> CompletionStage<Map<K, T>> known(Map<K, KafkaFuture<T>> asked) {
        Map<K, CompletableFuture<T>> each = new LinkedHashMap<>();
        asked.forEach((key, answer) -> each.put(key, answer.toCompletionStage().toCompletableFuture()));
        CompletableFuture<?>[] answers = each.values().stream()
                .map(answer -> answer.handle((found, failure) -> {
                    if (failure != null && !(KafkaBus.unwrap(failure) instanceof UnknownTopicOrPartitionException)) {
                        throw new java.util.concurrent.CompletionException(KafkaBus.unwrap(failure));
                    }
                    return found;
                }))
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(answers).thenApply(unused -> {
            Map<K, T> found = new LinkedHashMap<>();
            each.forEach((key, answer) -> {
                if (!answer.isCompletedExceptionally()) {
                    found.put(key, Objects.requireNonNull(answer.join()));
                }
            });
            return found;
        });
    }
}
