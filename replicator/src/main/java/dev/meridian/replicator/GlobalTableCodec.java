package dev.meridian.replicator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.replicator.SharedSettings.Capacity;
import dev.meridian.replicator.SharedSettings.Units;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Global tables as they are stored and published: JSON with a format number. */
final class GlobalTableCodec {
    /** 3: settings in groups with indexes, overrides, auto scaling. 4: the stream. */
    private static final int FORMAT = 4;

    private static final ObjectMapper JSON = new ObjectMapper();

    private GlobalTableCodec() {}

    static Bytes encode(GlobalTable table) {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT)
                .put("id", table.id().toString())
                .put("name", table.name())
                .put("partitions", table.partitions());
        putKey(json.putObject("partitionKey"), table.schema().partition());
        KeyAttribute sort = table.schema().sort();
        if (sort != null) {
            putKey(json.putObject("sortKey"), sort);
        }
        encode(table.settings(), json.putObject("settings"));
        ObjectNode members = json.putObject("members");
        table.members().forEach((region, member) -> encode(member, members.putObject(region.value())));
        table.voided()
                .forEach((region, all) -> all.forEach(each -> json.withObjectProperty("voided")
                        .withArrayProperty(region.value())
                        .addObject()
                        .put("above", each.above().bits())
                        .put("through", each.through().bits())
                        .put("last", each.last().value())));
        ObjectNode scaling = json.putObject("autoScaling");
        table.autoScaling()
                .forEach((of, asked) -> latest(scaling, of, asked.version()).put("value", asked.value()));
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void putKey(ObjectNode json, KeyAttribute key) {
        json.put("name", key.name()).put("type", key.type().name());
    }

    private static void putVersion(ObjectNode json, String field, Version version) {
        json.putObject(field)
                .put("clock", version.time().bits())
                .put("region", version.region().value());
    }

    /** @return the object for the value, beside its version */
    private static ObjectNode latest(ObjectNode json, String field, Version version) {
        ObjectNode latest = json.putObject(field);
        putVersion(latest, "version", version);
        return latest;
    }

    private static void encode(SharedSettings settings, ObjectNode json) {
        Capacity capacity = settings.capacity().value();
        latest(json, "capacity", settings.capacity().version())
                .put("onDemand", capacity.onDemand())
                .put("readCapacityUnits", capacity.readCapacityUnits())
                .put("writeCapacityUnits", capacity.writeCapacityUnits())
                .put("maxReads", capacity.maxReads())
                .put("maxWrites", capacity.maxWrites());
        ObjectNode expiry = latest(json, "timeToLive", settings.timeToLive().version());
        settings.timeToLive().value().ifPresent(attribute -> expiry.put("attribute", attribute));
        latest(json, "encrypted", settings.encrypted().version())
                .put("value", settings.encrypted().value());
        ObjectNode warm =
                latest(json, "warmThroughput", settings.warmThroughput().version());
        settings.warmThroughput()
                .value()
                .ifPresent(units -> warm.put("read", units.read()).put("write", units.write()));
        latest(json, "tableClass", settings.tableClass().version())
                .put("value", settings.tableClass().value());
        ObjectNode stream = latest(json, "stream", settings.stream().version());
        settings.stream().value().ifPresent(viewType -> stream.put("viewType", viewType));
        ObjectNode global = json.putObject("globalIndexes");
        settings.globalIndexes().forEach((name, index) -> {
            ObjectNode entry = latest(global, name, index.version());
            index.value().ifPresent(present -> encode(present, entry.putObject("index")));
        });
        ArrayNode local = json.putArray("localIndexes");
        settings.localIndexes().forEach(index -> encode(index, local.addObject()));
    }

    private static void encode(SharedIndex index, ObjectNode json) {
        json.put("name", index.name()).put("projection", index.projection());
        ArrayNode partition = json.putArray("partition");
        index.partition().forEach(key -> putKey(partition.addObject(), key));
        ArrayNode sort = json.putArray("sort");
        index.sort().forEach(key -> putKey(sort.addObject(), key));
        ArrayNode shown = json.putArray("nonKeyAttributes");
        index.nonKeyAttributes().forEach(shown::add);
        json.put("readCapacityUnits", index.readCapacityUnits()).put("writeCapacityUnits", index.writeCapacityUnits());
        Version since = index.since();
        if (since != null) {
            putVersion(json, "since", since);
        }
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
        if (member.wasEvicted()) {
            json.put("ignoredUpTo", member.ignoredUpTo().bits())
                    .put("seenUpTo", member.seenUpTo().bits());
        }
        ObjectNode ends = json.putObject("finalEnds");
        member.finalEnds().forEach((partition, end) -> ends.put(String.valueOf(partition), end));
        encode(
                member.overrides().value(),
                latest(json, "overrides", member.overrides().version()));
        latest(json, "deletionProtection", member.deletionProtection().version())
                .put("value", member.deletionProtection().value());
    }

    private static void encode(Overrides overrides, ObjectNode json) {
        put(json, "readCapacityUnits", overrides.readCapacityUnits());
        put(json, "maxReads", overrides.maxReads());
        if (overrides.tableClass() != null) {
            json.put("tableClass", overrides.tableClass());
        }
        if (overrides.kmsKey() != null) {
            json.put("kmsKey", overrides.kmsKey());
        }
        ObjectNode indexes = json.putObject("indexes");
        overrides.indexes().forEach((name, reads) -> {
            ObjectNode index = indexes.putObject(name);
            put(index, "readCapacityUnits", reads.readCapacityUnits());
            put(index, "maxReads", reads.maxReads());
        });
    }

    private static void put(ObjectNode json, String field, @Nullable Long value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    static GlobalTable decode(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            if (json == null || json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException("global table of another format than " + FORMAT);
            }
            return new GlobalTable(
                    TableId.parse(json.path("id").asText()),
                    json.path("name").asText(),
                    new KeySchema(
                            key(json.path("partitionKey")), json.has("sortKey") ? key(json.path("sortKey")) : null),
                    integer(json, "partitions"),
                    settings(json.path("settings")),
                    byName(json.path("members"), RegionId::new, GlobalTableCodec::member),
                    byName(
                            json.path("autoScaling"),
                            of -> of,
                            asked -> new Latest<>(
                                    version(asked), asked.path("value").asText())),
                    byName(json.path("voided"), RegionId::new, all -> list(all, GlobalTableCodec::voided)));
        } catch (IOException broken) {
            throw new IllegalArgumentException("global table is no JSON", broken);
        }
    }

    private static Voided voided(JsonNode json) {
        return new Voided(
                new HybridTimestamp(number(json, "above")),
                new HybridTimestamp(number(json, "through")),
                new SequenceNumber(number(json, "last")));
    }

    private static <K extends Comparable<K>, V> TreeMap<K, V> byName(
            JsonNode json, Function<String, K> name, Function<JsonNode, V> value) {
        TreeMap<K, V> all = new TreeMap<>();
        json.fields().forEachRemaining(entry -> all.put(name.apply(entry.getKey()), value.apply(entry.getValue())));
        return all;
    }

    private static <T> List<T> list(JsonNode json, Function<JsonNode, T> element) {
        List<T> all = new ArrayList<>();
        json.forEach(each -> all.add(element.apply(each)));
        return all;
    }

    /** What is missing must not pass for a zero. */
    private static long number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException("global table without " + field);
        }
        return value.asLong();
    }

    private static int integer(JsonNode json, String field) {
        long value = number(json, field);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("global table with " + field + " " + value);
        }
        return (int) value;
    }

    private static @Nullable Long numberIfAny(JsonNode json, String field) {
        return json.has(field) ? number(json, field) : null;
    }

    private static @Nullable String textIfAny(JsonNode json, String field) {
        return json.has(field) ? json.path(field).asText() : null;
    }

    private static KeyAttribute key(JsonNode json) {
        return new KeyAttribute(
                json.path("name").asText(), ScalarType.valueOf(json.path("type").asText()));
    }

    private static Version version(JsonNode json, String field) {
        JsonNode version = json.path(field);
        return new Version(
                new HybridTimestamp(number(version, "clock")),
                new RegionId(version.path("region").asText()));
    }

    private static Version version(JsonNode latest) {
        return version(latest, "version");
    }

    private static SharedSettings settings(JsonNode json) {
        JsonNode capacity = json.path("capacity");
        JsonNode expiry = json.path("timeToLive");
        JsonNode encrypted = json.path("encrypted");
        JsonNode warm = json.path("warmThroughput");
        JsonNode tableClass = json.path("tableClass");
        JsonNode stream = json.path("stream");
        return new SharedSettings(
                new Latest<>(
                        version(capacity),
                        new Capacity(
                                capacity.path("onDemand").asBoolean(),
                                number(capacity, "readCapacityUnits"),
                                number(capacity, "writeCapacityUnits"),
                                number(capacity, "maxReads"),
                                number(capacity, "maxWrites"))),
                new Latest<>(version(expiry), Optional.ofNullable(textIfAny(expiry, "attribute"))),
                new Latest<>(version(encrypted), encrypted.path("value").asBoolean()),
                new Latest<>(
                        version(warm),
                        warm.has("read")
                                ? Optional.of(new Units(number(warm, "read"), number(warm, "write")))
                                : Optional.empty()),
                new Latest<>(version(tableClass), tableClass.path("value").asText()),
                new Latest<>(version(stream), Optional.ofNullable(textIfAny(stream, "viewType"))),
                byName(
                        json.path("globalIndexes"),
                        name -> name,
                        entry -> new Latest<>(
                                version(entry),
                                entry.has("index") ? Optional.of(index(entry.path("index"))) : Optional.empty())),
                list(json.path("localIndexes"), GlobalTableCodec::index));
    }

    private static SharedIndex index(JsonNode json) {
        return new SharedIndex(
                json.path("name").asText(),
                list(json.path("partition"), GlobalTableCodec::key),
                list(json.path("sort"), GlobalTableCodec::key),
                json.path("projection").asText(),
                list(json.path("nonKeyAttributes"), JsonNode::asText),
                number(json, "readCapacityUnits"),
                number(json, "writeCapacityUnits"),
                json.has("since") ? version(json, "since") : null);
    }

    private static Member member(JsonNode json) {
        JsonNode overrides = json.path("overrides");
        JsonNode protection = json.path("deletionProtection");
        String source = textIfAny(json, "source");
        return new Member(
                version(json, "since"),
                version(json, "version"),
                Member.State.valueOf(json.path("state").asText()),
                source == null ? null : new RegionId(source),
                json.path("loadId").asText(),
                integer(json, "percent"),
                textIfAny(json, "description"),
                byName(json.path("finalEnds"), Integer::valueOf, JsonNode::asLong),
                new Latest<>(version(overrides), overrides(overrides)),
                new Latest<>(version(protection), protection.path("value").asBoolean()),
                new HybridTimestamp(json.path("ignoredUpTo").asLong()),
                new HybridTimestamp(json.path("seenUpTo").asLong()));
    }

    private static Overrides overrides(JsonNode json) {
        return new Overrides(
                numberIfAny(json, "readCapacityUnits"),
                numberIfAny(json, "maxReads"),
                textIfAny(json, "tableClass"),
                textIfAny(json, "kmsKey"),
                byName(
                        json.path("indexes"),
                        name -> name,
                        reads -> new Overrides.IndexReads(
                                numberIfAny(reads, "readCapacityUnits"), numberIfAny(reads, "maxReads"))));
    }
}
