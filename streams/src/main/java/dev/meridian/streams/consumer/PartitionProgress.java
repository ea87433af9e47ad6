package dev.meridian.streams.consumer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.Headers;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is handled of one partition of a table, whichever regions' topics it was read from.
 *
 * <p>Each topic has the changes of each origin in rising version order, so that the highest version of each origin says
 * what is handled in terms that every topic shares. A topic that is turned to gets this vector as its base: of what it
 * brings, the base and what other topics brought is handled already, and the rest is not. Nothing that one topic brings is
 * compared with what that same topic brought before, for it brings each change once.
 *
 * <p>Where writes met, the vector is not enough: a topic may bring a write that lost, when the one that won is handled
 * already. So the last versions of the items changed lately are remembered too.
 */
final class PartitionProgress {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Items whose last version is saved: what a consumer needs that restarts and changes the region at once. */
    private static final int RECENT_SAVED = 100;

    private VersionVector handled = VersionVector.EMPTY;
    private long handledMillis;
    private final Map<RegionId, Topic> topics = new TreeMap<>();
    private final LinkedHashMap<String, Version> recent = new LinkedHashMap<>();

    /** One region's topic. */
    private static final class Topic {
        /** All before this offset is handled. */
        long next;

        /** Handled when the topic was turned to. */
        VersionVector base = VersionVector.EMPTY;

        /** The highest of each origin that this topic brought. */
        VersionVector seen = VersionVector.EMPTY;
    }

    VersionVector handled() {
        return handled;
    }

    /** When the newest of what is handled was committed, in the region it was read from. */
    long handledMillis() {
        return handledMillis;
    }

    /** Null if the topic was never read. */
    @Nullable
    Long next(RegionId region) {
        Topic topic = topics.get(region);
        return topic == null ? null : topic.next;
    }

    /** At first: writes made before are none of the consumer's business, wherever it reads. */
    void begin(List<RegionId> regions, long fromMillis) {
        TreeMap<RegionId, HybridTimestamp> before = new TreeMap<>();
        regions.forEach(region -> before.put(region, HybridTimestamp.ofMillis(fromMillis)));
        handled = VersionVector.of(before);
    }

    /** From here on this topic is read: what is handled until now is its base. */
    void turnTo(RegionId region, long offset, VersionVector base) {
        Topic topic = topics.computeIfAbsent(region, unused -> new Topic());
        topic.next = offset;
        topic.base = base;
    }

    /**
     * Takes a record of a topic.
     *
     * @param remembered how many items' last versions are kept in mind
     * @return whether it is new
     */
    boolean take(ChangeRecord change, int remembered) {
        Topic topic = topics.get(change.region());
        if (topic == null) {
            throw new IllegalStateException("the topic of " + change.region() + " was never turned to");
        }
        topic.next = change.offset() + 1;
        boolean isNew = isNew(change, topic);
        note(change.version(), topic);
        if (isNew) {
            handledMillis = Math.max(handledMillis, change.committedMillis());
            recent.remove(change.key());
            recent.put(change.key(), change.version());
            if (recent.size() > remembered) {
                recent.remove(recent.keySet().iterator().next());
            }
        }
        return isNew;
    }

    /** A record of a topic that is none of Meridian's. */
    void pass(RegionId region, long offset) {
        Topic topic = topics.get(region);
        if (topic != null) {
            topic.next = offset + 1;
        }
    }

    private boolean isNew(ChangeRecord change, Topic topic) {
        Version version = change.version();
        Version last = recent.get(change.key());
        if (topic.base.includes(version) || (last != null && !mayFollow(change, last))) {
            return false;
        }
        return topics.values().stream().noneMatch(other -> other != topic && other.seen.includes(version));
    }

    /** A region that loads its table anew removes an item under the version that it has. */
    private static boolean mayFollow(ChangeRecord change, Version last) {
        int order = change.version().compareTo(last);
        return order > 0 || (order == 0 && change.event() == ChangeRecord.Event.REMOVE);
    }

    private void note(Version version, Topic topic) {
        RegionId origin = version.region();
        if (topic.seen.includes(version)) {
            // Out of order: a replica is being loaded, or a table anew. What its origin's highest version says is not
            // all there yet.
            TreeMap<RegionId, HybridTimestamp> back = new TreeMap<>(handled.entries());
            back.put(origin, topic.base.get(origin));
            handled = VersionVector.of(back);
        } else {
            topic.seen = topic.seen.with(version);
            handled = handled.with(version);
        }
    }

    ObjectNode toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.set("handled", toJson(handled));
        json.put("handledMillis", handledMillis);
        ObjectNode each = json.putObject("topics");
        topics.forEach((region, topic) -> each.putObject(region.value())
                .put("next", topic.next)
                .<ObjectNode>set("base", toJson(topic.base))
                .set("seen", toJson(topic.seen)));
        ObjectNode items = json.putObject("recent");
        recent.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(RECENT_SAVED)
                .forEach(item -> items.put(item.getKey(), Headers.text(item.getValue())));
        return json;
    }

    static PartitionProgress of(JsonNode json) {
        PartitionProgress progress = new PartitionProgress();
        progress.handled = vector(json.path("handled"));
        progress.handledMillis = json.path("handledMillis").asLong();
        json.path("topics").properties().forEach(each -> {
            Topic topic = new Topic();
            topic.next = each.getValue().path("next").asLong();
            topic.base = vector(each.getValue().path("base"));
            topic.seen = vector(each.getValue().path("seen"));
            progress.topics.put(new RegionId(each.getKey()), topic);
        });
        Map<String, Version> saved = new HashMap<>();
        json.path("recent")
                .properties()
                .forEach(item ->
                        saved.put(item.getKey(), Headers.version(item.getValue().asText())));
        saved.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(item -> progress.recent.put(item.getKey(), item.getValue()));
        return progress;
    }

    private static ObjectNode toJson(VersionVector vector) {
        ObjectNode json = JSON.createObjectNode();
        vector.entries().forEach((region, time) -> json.put(region.value(), Long.toHexString(time.bits())));
        return json;
    }

    private static VersionVector vector(JsonNode json) {
        SortedMap<RegionId, HybridTimestamp> entries = new TreeMap<>();
        json.properties()
                .forEach(entry -> entries.put(
                        new RegionId(entry.getKey()),
                        new HybridTimestamp(
                                Long.parseUnsignedLong(entry.getValue().asText(), 16))));
        return new VersionVector(entries);
    }
}
