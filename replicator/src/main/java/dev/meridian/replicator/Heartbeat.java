package dev.meridian.replicator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a region says several times a second.
 *
 * @param mark all that the region has issued up to this clock is in its topics; zero while it cannot say that
 * @param ends of its replication topics' partitions: behind the last of those changes
 * @param controlEnd all that the region knew of global tables at this clock is in its control topic before this offset
 * @param applied what it had applied of others before the mark: what it wrote later it wrote knowing that
 * @param aheadMillis by how much each other region's wall clock is ahead of its own, at least, as its heartbeats showed
 * @param aheadLives of which life of each other region that is true: its clock may have been set while it was down. A
 *     release that does not say names none
 * @param store who says it, and of which logs; null if it comes from a release that does not say
 * @param http the URL of its pages, for people's tools; null if it does not know how others reach it
 */
public record Heartbeat(
        HybridTimestamp mark,
        SortedMap<TopicPartition, Long> ends,
        long controlEnd,
        VersionVector applied,
        SortedMap<RegionId, Long> aheadMillis,
        SortedMap<RegionId, Life> aheadLives,
        @Nullable StoreIdentity store,
        @Nullable String http) {
    private static final int FORMAT = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    public Bytes encode() {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT).put("mark", mark.bits()).put("controlEnd", controlEnd);
        ObjectNode topics = json.putObject("ends");
        ends.forEach((at, end) -> topics.withObjectProperty(at.topic()).put(String.valueOf(at.partition()), end));
        ObjectNode vector = json.putObject("applied");
        applied.entries().forEach((region, time) -> vector.put(region.value(), time.bits()));
        ObjectNode ahead = json.putObject("aheadMillis");
        aheadMillis.forEach((region, millis) -> ahead.put(region.value(), millis));
        if (!aheadLives.isEmpty()) {
            ObjectNode lives = json.putObject("aheadLives");
            aheadLives.forEach((region, life) -> lives.put(region.value(), life.toString()));
        }
        if (store != null) {
            store.write(json.putObject("store"));
        }
        if (http != null) {
            json.put("http", http);
        }
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Without what it says of a region's clock, unless that was measured in this life of the region. */
    public Heartbeat toLife(RegionId region, Life life) {
        if (life.equals(aheadLives.getOrDefault(region, life))) {
            return this;
        }
        TreeMap<RegionId, Long> ahead = new TreeMap<>(aheadMillis);
        ahead.remove(region);
        return new Heartbeat(mark, ends, controlEnd, applied, ahead, aheadLives, store, http);
    }

    /** Whether it may be a heartbeat, of whatever format: JSON that names one. */
    public static boolean hasShape(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            return json != null && json.path("format").isIntegralNumber();
        } catch (IOException none) {
            return false;
        }
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static Heartbeat decode(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            if (json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException("heartbeat of format " + json.path("format"));
            }
            if (!json.path("mark").isIntegralNumber()
                    || !json.path("controlEnd").isIntegralNumber()) {
                throw new IllegalArgumentException("heartbeat without mark or controlEnd");
            }
            TreeMap<TopicPartition, Long> ends = new TreeMap<>();
            json.path("ends")
                    .fields()
                    .forEachRemaining(topic -> topic.getValue()
                            .fields()
                            .forEachRemaining(end -> ends.put(
                                    new TopicPartition(topic.getKey(), Integer.parseInt(end.getKey())),
                                    end.getValue().asLong())));
            TreeMap<RegionId, HybridTimestamp> applied = new TreeMap<>();
            json.path("applied")
                    .fields()
                    .forEachRemaining(entry -> applied.put(
                            new RegionId(entry.getKey()),
                            new HybridTimestamp(entry.getValue().asLong())));
            TreeMap<RegionId, Long> ahead = new TreeMap<>();
            json.path("aheadMillis")
                    .fields()
                    .forEachRemaining(entry -> ahead.put(
                            new RegionId(entry.getKey()), entry.getValue().asLong()));
            TreeMap<RegionId, Life> lives = new TreeMap<>();
            json.path("aheadLives")
                    .fields()
                    .forEachRemaining(entry -> lives.put(
                            new RegionId(entry.getKey()),
                            Life.parse(entry.getValue().asText())));
            return new Heartbeat(
                    new HybridTimestamp(json.path("mark").asLong()),
                    ends,
                    json.path("controlEnd").asLong(),
                    new VersionVector(applied),
                    ahead,
                    lives,
                    json.path("store").isObject() ? StoreIdentity.read(json.path("store")) : null,
                    json.path("http").textValue());
        } catch (IOException broken) {
            throw new IllegalArgumentException("heartbeat is no JSON", broken);
        }
    }
}
