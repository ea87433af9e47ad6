package dev.meridian.simulator.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What answers told that only they can tell: ARNs, iterators, tokens, keys to go on from. The last few of each. */
final class SeenValues {
    private static final int KEPT = 8;

    /** A stream with its shards. */
    static final String STREAM = "StreamDescription";

    static final String DESTINATIONS = "KinesisDataStreamDestinations";

    /** By member of an answer, the members of requests that take it. */
    private static final Map<String, List<String>> TAKEN = Map.ofEntries(
            Map.entry("LatestStreamArn", List.of("StreamArn")),
            Map.entry("StreamArn", List.of("StreamArn", "ExclusiveStartStreamArn")),
            Map.entry(STREAM, List.of(STREAM)),
            Map.entry(DESTINATIONS, List.of(DESTINATIONS)),
            Map.entry("ShardId", List.of("ShardId", "ExclusiveStartShardId")),
            Map.entry("ShardIterator", List.of("ShardIterator")),
            Map.entry("NextShardIterator", List.of("ShardIterator")),
            Map.entry("SequenceNumber", List.of("SequenceNumber")),
            Map.entry("NextToken", List.of("NextToken")),
            Map.entry("LastEvaluatedKey", List.of("ExclusiveStartKey")),
            Map.entry("RevisionId", List.of("ExpectedRevisionId")),
            Map.entry("TableArn", List.of("ResourceArn")));

    private final Map<String, List<JsonNode>> seen = new TreeMap<>();

    void collect(JsonNode answer) {
        answer.properties().forEach(member -> {
            for (String taken : TAKEN.getOrDefault(member.getKey(), List.of())) {
                List<JsonNode> kept = seen.computeIfAbsent(taken, unused -> new ArrayList<>());
                kept.add(member.getValue());
                if (kept.size() > KEPT) {
                    kept.remove(0);
                }
            }
            collect(member.getValue());
        });
        if (answer.isArray()) {
            answer.forEach(this::collect);
        }
    }

    /** Null if no answer has told one. */
    @Nullable
    JsonNode any(String member, RandomGenerator random) {
        List<JsonNode> kept = seen.getOrDefault(member, List.of());
        return kept.isEmpty() ? null : kept.get(random.nextInt(kept.size()));
    }
}
