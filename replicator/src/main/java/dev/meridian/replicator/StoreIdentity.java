package dev.meridian.replicator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.StoreHistory;
import dev.meridian.streams.TopicId;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which store a heartbeat comes from, which logs its offsets are of, and what that region has seen of the others.
 *
 * @param region whose store it is
 * @param history the latest lives of the store
 * @param clock of the store when this was said
 * @param topics the identities of the control topic and of all replication topics that there are
 * @param seen of each other region's store
 */
public record StoreIdentity(
        RegionId region,
        StoreHistory history,
        HybridTimestamp clock,
        SortedMap<String, TopicId> topics,
        SortedMap<RegionId, SeenHistory> seen) {
    void write(ObjectNode json) {
        json.put("region", region.value());
        json.put("history", text(history.encode()));
        json.put("clock", clock.bits());
        ObjectNode ids = json.putObject("topics");
        topics.forEach((topic, id) -> ids.put(topic, id.toString()));
        ObjectNode others = json.putObject("seen");
        seen.forEach((region, lives) -> others.put(region.value(), text(lives.encode())));
    }

    private static String text(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static ByteBuffer bytes(JsonNode text) {
        return ByteBuffer.wrap(Base64.getDecoder().decode(text.asText()));
    }

    /** @throws IllegalArgumentException if it cannot be read */
    static StoreIdentity read(JsonNode json) {
        TreeMap<String, TopicId> topics = new TreeMap<>();
        json.path("topics")
                .fields()
                .forEachRemaining(topic -> topics.put(
                        topic.getKey(), TopicId.parse(topic.getValue().asText())));
        TreeMap<RegionId, SeenHistory> seen = new TreeMap<>();
        json.path("seen")
                .fields()
                .forEachRemaining(region ->
                        seen.put(new RegionId(region.getKey()), SeenHistory.decode(bytes(region.getValue()))));
        return new StoreIdentity(
                new RegionId(json.path("region").asText()),
                StoreHistory.decode(bytes(json.path("history"))),
                new HybridTimestamp(json.path("clock").asLong()),
                topics,
                seen);
    }

    /** Whether the store has all that was seen of it. Its present life has gone on since this was said. */
    public boolean includes(SeenHistory of) {
        return history.partsFrom(of, HybridTimestamp.MAX).isEmpty();
    }

    /** Whether what a life wrote up to some clock may have been before this was said. */
    boolean knows(Life life, HybridTimestamp through) {
        return includes(SeenHistory.NONE.with(life, through));
    }

    /** Whether the store's life is the same, and no topic that both tell of has become another since. */
    boolean goesOnFrom(StoreIdentity earlier) {
        boolean isSameLife = history.life().equals(earlier.history.life());
        return isSameLife
                && earlier.topics.entrySet().stream()
                        .allMatch(topic ->
                                topic.getValue().equals(topics.getOrDefault(topic.getKey(), topic.getValue())));
    }
}
