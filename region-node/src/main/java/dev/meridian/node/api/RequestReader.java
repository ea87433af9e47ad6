package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a request, read by type. A wrong JSON type is a SerializationException at once; what breaks a
 * constraint of the API's model is collected, and told together by {@link #check}.
 */
final class RequestReader {
    private static final Pattern TABLE_NAME = Pattern.compile("[a-zA-Z0-9_.-]+");
    private static final int TABLE_NAME_MIN = 3;
    private static final int TABLE_NAME_MAX = 255;
    private static final int VIOLATIONS_SHOWN = 10;

    private final ObjectNode json;
    private final String path;
    private final List<String> violations;

    RequestReader(ObjectNode json) {
        this(json, "", new ArrayList<>());
    }

    private RequestReader(ObjectNode json, String path, List<String> violations) {
        this.json = json;
        this.path = path;
        this.violations = violations;
    }

    boolean has(String field) {
        JsonNode value = json.get(field);
        return value != null && !value.isNull();
    }

    private @Nullable JsonNode get(String field) {
        JsonNode value = json.get(field);
        return value == null || value.isNull() ? null : value;
    }

    /** The member's name as violations show it: with a small first letter, below its parents. */
    private String at(String field) {
        return path + Character.toLowerCase(field.charAt(0)) + field.substring(1);
    }

    void violation(String field, @Nullable Object value, String constraint) {
        violations.add("Value " + (value == null ? "null" : "'" + value + "'") + " at '" + at(field)
                + "' failed to satisfy constraint: " + constraint);
    }

    /** Refuses the request if any constraint was broken so far. */
    void check() {
        if (!violations.isEmpty()) {
            int count = Math.min(violations.size(), VIOLATIONS_SHOWN);
            throw ApiException.validation(count + " validation error" + (count == 1 ? "" : "s") + " detected: "
                    + String.join("; ", violations.subList(0, count)));
        }
    }

    private void require(String field) {
        if (!has(field)) {
            violation(field, null, "Member must not be null");
        }
    }

    @Nullable
    String text(String field) {
        JsonNode value = get(field);
        return value == null ? null : JsonTypes.text(value);
    }

    String requiredText(String field) {
        require(field);
        String text = text(field);
        return text == null ? "" : text;
    }

    /** One of {@code allowed}; the first when absent. */
    String choice(String field, String... allowed) {
        String text = text(field);
        if (text == null) {
            return allowed[0];
        }
        if (!Arrays.asList(allowed).contains(text)) {
            violation(field, text, "Member must satisfy enum value set: [" + String.join(", ", allowed) + "]");
            return allowed[0];
        }
        return text;
    }

    boolean flag(String field) {
        JsonNode value = get(field);
        return value != null && JsonTypes.flag(value);
    }

    @Nullable
    Long number(String field, long least, long most) {
        JsonNode value = get(field);
        if (value == null) {
            return null;
        }
        long number = JsonTypes.integer(value, most > Integer.MAX_VALUE ? "Long" : "Integer");
        if (number < least) {
            violation(field, number, "Member must have value greater than or equal to " + least);
        } else if (number > most) {
            violation(field, number, "Member must have value less than or equal to " + most);
        }
        return number;
    }

    @Nullable
    RequestReader object(String field) {
        JsonNode value = get(field);
        return value == null ? null : child(at(field), value);
    }

    private RequestReader child(String childPath, JsonNode value) {
        return new RequestReader(JsonTypes.object(value), childPath + ".", violations);
    }

    List<RequestReader> objects(String field) {
        JsonNode value = get(field);
        List<RequestReader> objects = new ArrayList<>();
        if (value != null) {
            for (JsonNode element : JsonTypes.array(value)) {
                objects.add(child(at(field) + "." + (objects.size() + 1) + ".member", element));
            }
        }
        return objects;
    }

    Map<String, RequestReader> objectsByName(String field) {
        Map<String, RequestReader> objects = new LinkedHashMap<>();
        fields(field).forEach((name, value) -> objects.put(name, child(at(field) + "." + name + ".member", value)));
        return objects;
    }

    /** Each field of an object that holds arrays of objects. */
    Map<String, List<RequestReader>> arraysByName(String field) {
        Map<String, List<RequestReader>> arrays = new LinkedHashMap<>();
        fields(field).forEach((name, value) -> {
            List<RequestReader> elements = new ArrayList<>();
            for (JsonNode element : JsonTypes.array(value)) {
                elements.add(child(at(field) + "." + name + ".member." + (elements.size() + 1) + ".member", element));
            }
            arrays.put(name, elements);
        });
        return arrays;
    }

    private Map<String, JsonNode> fields(String field) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        JsonNode value = get(field);
        if (value != null) {
            for (Iterator<Map.Entry<String, JsonNode>> all =
                            JsonTypes.object(value).fields();
                    all.hasNext(); ) {
                Map.Entry<String, JsonNode> entry = all.next();
                fields.put(entry.getKey(), entry.getValue());
            }
        }
        return fields;
    }

    @Nullable
    Map<String, String> texts(String field) {
        if (!has(field)) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        fields(field).forEach((name, value) -> texts.put(name, JsonTypes.text(value)));
        return texts;
    }

    @Nullable
    Map<String, AttributeValue> values(String field) {
        if (!has(field)) {
            return null;
        }
        Map<String, AttributeValue> values = new LinkedHashMap<>();
        fields(field).forEach((name, value) -> values.put(name, ValueReader.read(value)));
        return values;
    }

    @Nullable
    Item item(String field) {
        Map<String, AttributeValue> values = values(field);
        return values == null ? null : new Item(new TreeMap<>(values));
    }

    Item requiredItem(String field) {
        require(field);
        Item item = item(field);
        return item == null ? new Item(new TreeMap<>()) : item;
    }

    /** The attribute values of every element of an array of keys. */
    List<Item> items(String field) {
        JsonNode value = get(field);
        List<Item> items = new ArrayList<>();
        if (value != null) {
            for (JsonNode element : JsonTypes.array(value)) {
                TreeMap<String, AttributeValue> attributes = new TreeMap<>();
                JsonTypes.object(element)
                        .fields()
                        .forEachRemaining(entry -> attributes.put(entry.getKey(), ValueReader.read(entry.getValue())));
                items.add(new Item(attributes));
            }
        }
        return items;
    }

    /** A table's name, given as such or in an ARN of {@code region}. */
    String tableName(String field, RegionId region) {
        String text = requiredText(field);
        return has(field) ? tableName(field, text, region) : text;
    }

    String tableName(String field, String text, RegionId region) {
        String name = text;
        if (text.startsWith("arn:")) {
            Arn arn = Arn.parse(text);
            if (!arn.region().equals(region.value())) {
                throw ApiException.validation(
                        "Region " + arn.region() + " in the table's ARN is not the region of the request, " + region);
            }
            name = arn.table();
        }
        if (name.length() < TABLE_NAME_MIN) {
            violation(field, name, "Member must have length greater than or equal to " + TABLE_NAME_MIN);
        } else if (name.length() > TABLE_NAME_MAX) {
            violation(field, name, "Member must have length less than or equal to " + TABLE_NAME_MAX);
        }
        if (!TABLE_NAME.matcher(name).matches()) {
            violation(field, name, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
        }
        return name;
    }

    /** What this release does not do is refused, not passed over. */
    void refuse(String... fields) {
        for (String field : fields) {
            JsonNode value = get(field);
            boolean empty = value != null && value.isContainerNode() && value.isEmpty();
            if (value != null && !empty) {
                throw ApiException.validation("The parameter " + field + " is not supported yet by Meridian");
            }
        }
    }
}
