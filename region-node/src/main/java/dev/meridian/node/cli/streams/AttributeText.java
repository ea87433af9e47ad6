package dev.meridian.node.cli.streams;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.Item;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.consumer.ChangeRecord;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values for a person, and which of an item's changed. */
final class AttributeText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private AttributeText() {}

    /** An attribute before and after; null: it was not, or is no longer, there. */
    record Pair(@Nullable AttributeValue before, @Nullable AttributeValue after) {}

    static SortedMap<String, Pair> changed(ChangeRecord change) {
        Map<String, AttributeValue> before = attributes(change.oldImage());
        Map<String, AttributeValue> after = attributes(change.newImage());
        TreeMap<String, Pair> changed = new TreeMap<>();
        before.forEach((name, value) -> changed.put(name, new Pair(value, after.get(name))));
        after.forEach((name, value) -> changed.putIfAbsent(name, new Pair(null, value)));
        changed.keySet().removeAll(change.keys().attributes().keySet());
        changed.values().removeIf(pair -> Objects.equals(pair.before(), pair.after()));
        return changed;
    }

    private static Map<String, AttributeValue> attributes(@Nullable Item item) {
        return item == null ? Map.of() : item.attributes();
    }

    /** Short, and told apart by a person rather than by a program. */
    static String text(AttributeValue value) {
        if (value instanceof AttributeValue.S s) {
            return quoted(s.value());
        }
        if (value instanceof AttributeValue.N n) {
            return DynamoNumber.format(n.value());
        }
        if (value instanceof AttributeValue.Bool bool) {
            return Boolean.toString(bool.value());
        }
        if (value instanceof AttributeValue.Null) {
            return "null";
        }
        if (value instanceof AttributeValue.L list) {
            return list.value().stream().map(AttributeText::text).collect(Collectors.joining(", ", "[", "]"));
        }
        if (value instanceof AttributeValue.M map) {
            return map.value().entrySet().stream()
                    .map(entry -> entry.getKey() + ": " + text(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        return json(value).toString();
    }

    private static String quoted(String text) {
        return JSON.getNodeFactory().textNode(text).toString();
    }

    static JsonNode json(AttributeValue value) {
        return parse(AttributeJson.text(value));
    }

    static JsonNode json(Item item) {
        return parse(AttributeJson.text(item));
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException justWritten) {
            throw new AssertionError(justWritten);
        }
    }
}
