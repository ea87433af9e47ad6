package dev.meridian.replicator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.io.IOException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a region knows of a global table: what never changes, its settings, and its members. Regions exchange it and {@link #merge}; as
 * merging is commutative, associative and idempotent, they come to know the same.
 */
public record GlobalTable(
        TableId id,
        String name,
        KeySchema schema,
        int partitions,
        SharedSettings settings,
        SortedMap<RegionId, Member> members) {
    private static final int FORMAT = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    public GlobalTable {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    public @Nullable Member member(RegionId region) {
        return members.get(region);
    }

    public GlobalTable with(RegionId region, Member member) {
        TreeMap<RegionId, Member> changed = new TreeMap<>(members);
        changed.put(region, member);
        return new GlobalTable(id, name, schema, partitions, settings, changed);
    }

    public GlobalTable with(SharedSettings newSettings) {
        return new GlobalTable(id, name, schema, partitions, newSettings, members);
    }

    public GlobalTable merge(GlobalTable other) {
        TreeMap<RegionId, Member> merged = new TreeMap<>(members);
        other.members.forEach((region, member) -> merged.merge(region, member, Member::later));
        return new GlobalTable(id, name, schema, partitions, settings.later(other.settings), merged);
    }

    public Bytes encode() {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT).put("id", id.toString()).put("name", name).put("partitions", partitions);
        putKey(json, "partitionKey", schema.partition());
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            putKey(json, "sortKey", sort);
        }
        ObjectNode shared = json.putObject("settings");
        putVersion(shared, "version", settings.version());
        shared.put("onDemand", settings.onDemand())
                .put("readCapacityUnits", settings.readCapacityUnits())
                .put("writeCapacityUnits", settings.writeCapacityUnits());
        ObjectNode all = json.putObject("members");
        members.forEach((region, member) -> encode(member, all.putObject(region.value())));
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void putKey(ObjectNode json, String field, KeyAttribute key) {
        json.putObject(field).put("name", key.name()).put("type", key.type().name());
    }

    private static void encode(Member member, ObjectNode json) {
        putVersion(json, "since", member.since());
        putVersion(json, "version", member.version());
        json.put("state", member.state().name());
        RegionId source = member.source();
        if (source != null) {
            json.put("source", source.value());
        }
        json.put("loadId", member.loadId()).put("percent", member.percent());
        if (member.description() != null) {
            json.put("description", member.description());
        }
        ObjectNode ends = json.putObject("finalEnds");
        member.finalEnds().forEach((partition, end) -> ends.put(String.valueOf(partition), end));
    }

    private static void putVersion(ObjectNode json, String field, Version version) {
        json.putObject(field)
                .put("clock", version.time().bits())
                .put("region", version.region().value());
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static GlobalTable decode(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            if (json == null || json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException("global table of another format than " + FORMAT);
            }
            TreeMap<RegionId, Member> members = new TreeMap<>();
            json.path("members")
                    .fields()
                    .forEachRemaining(entry -> members.put(new RegionId(entry.getKey()), member(entry.getValue())));
            KeyAttribute sort = json.has("sortKey") ? key(json.path("sortKey")) : null;
            return new GlobalTable(
                    TableId.parse(json.path("id").asText()),
                    json.path("name").asText(),
                    new KeySchema(key(json.path("partitionKey")), sort),
                    (int) number(json, "partitions"),
                    settings(json.path("settings")),
                    members);
        } catch (IOException broken) {
            throw new IllegalArgumentException("global table is no JSON", broken);
        }
    }

    /** What is missing must not pass for a zero. */
    private static long number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber()) {
            throw new IllegalArgumentException("global table without " + field);
        }
        return value.asLong();
    }

    private static SharedSettings settings(JsonNode json) {
        return new SharedSettings(
                version(json.path("version")),
                json.path("onDemand").asBoolean(),
                number(json, "readCapacityUnits"),
                number(json, "writeCapacityUnits"));
    }

    private static KeyAttribute key(JsonNode json) {
        return new KeyAttribute(
                json.path("name").asText(), ScalarType.valueOf(json.path("type").asText()));
    }

    private static Version version(JsonNode json) {
        return new Version(
                new HybridTimestamp(number(json, "clock")),
                new RegionId(json.path("region").asText()));
    }

    private static Member member(JsonNode json) {
        TreeMap<Integer, Long> ends = new TreeMap<>();
        json.path("finalEnds")
                .fields()
                .forEachRemaining(end ->
                        ends.put(Integer.valueOf(end.getKey()), end.getValue().asLong()));
        return new Member(
                version(json.path("since")),
                version(json.path("version")),
                Member.State.valueOf(json.path("state").asText()),
                json.has("source") ? new RegionId(json.path("source").asText()) : null,
                json.path("loadId").asText(),
                (int) number(json, "percent"),
                json.has("description") ? json.path("description").asText() : null,
                ends);
    }
}
