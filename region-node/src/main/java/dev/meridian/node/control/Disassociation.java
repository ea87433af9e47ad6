package dev.meridian.node.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * That a region's table is to leave its global table and stay: kept as a document until it is done.
 *
 * @param until by other region, behind the last change of it that must be applied here before
 */
record Disassociation(SortedMap<RegionId, SortedMap<TopicPartition, Long>> until) {
    /** Documents by table id. */
    static final String SPACE = "disassociation";

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    Bytes encode() {
        ObjectNode json = JSON.createObjectNode().put("format", FORMAT);
        ObjectNode regions = json.putObject("until");
        until.forEach((origin, ends) -> {
            ObjectNode topics = regions.putObject(origin.value());
            ends.forEach((at, end) -> topics.withObjectProperty(at.topic()).put(String.valueOf(at.partition()), end));
        });
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static Disassociation decode(Bytes bytes) {
        JsonNode json;
        try {
            json = JSON.readTree(bytes.toArray());
        } catch (IOException broken) {
            throw new IllegalArgumentException("disassociation is no JSON", broken);
        }
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException("disassociation of another format than " + FORMAT);
        }
        TreeMap<RegionId, SortedMap<TopicPartition, Long>> until = new TreeMap<>();
        json.path("until").fields().forEachRemaining(region -> {
            TreeMap<TopicPartition, Long> ends = new TreeMap<>();
            region.getValue()
                    .fields()
                    .forEachRemaining(topic -> topic.getValue()
                            .fields()
                            .forEachRemaining(partition -> ends.put(
                                    new TopicPartition(topic.getKey(), Integer.parseInt(partition.getKey())),
                                    partition.getValue().asLong())));
            until.put(new RegionId(region.getKey()), ends);
        });
        return new Disassociation(until);
    }
}
