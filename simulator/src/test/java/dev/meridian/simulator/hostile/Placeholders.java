package dev.meridian.simulator.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/** The names and values that the expressions of one request refer to. */
final class Placeholders {
    private final Map<String, String> names = new TreeMap<>();
    private final Map<String, JsonNode> values = new TreeMap<>();

    String name(String name) {
        String placeholder = "#n" + names.size();
        names.put(placeholder, name);
        return placeholder;
    }

    String value(JsonNode value) {
        String placeholder = ":v" + values.size();
        values.put(placeholder, value);
        return placeholder;
    }

    /** Adds what was referred to. */
    void addTo(ObjectNode request) {
        if (!names.isEmpty()) {
            ObjectNode object = request.putObject("ExpressionAttributeNames");
            names.forEach(object::put);
        }
        if (!values.isEmpty()) {
            ObjectNode object = request.putObject("ExpressionAttributeValues");
            values.forEach(object::set);
        }
    }
}
