package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a request that has passed {@link dev.meridian.node.api.shape.RequestCheck}: types and constraints
 * hold, what is required is there, and nothing is null.
 */
final class RequestReader {
    private static final int TABLE_NAME_LEAST = 3;

    private static final ObjectMapper CANONICAL =
            JsonMapper.builder().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

    private final ObjectNode json;
    private final ValueLayer layer;

    RequestReader(ObjectNode json, ValueLayer layer) {
        this.json = json;
        this.layer = layer;
    }

    ValueLayer layer() {
        return layer;
    }

    boolean has(String field) {
        return json.has(field);
    }

    private @Nullable JsonNode get(String field) {
        return json.get(field);
    }

    private JsonNode required(String field) {
        JsonNode value = get(field);
        if (value == null) {
            throw new AssertionError(field + " is required and has not been checked");
        }
        return value;
    }

    @Nullable
    String text(String field) {
        JsonNode value = get(field);
        return value == null ? null : value.textValue();
    }

    String text(String field, String absent) {
        String text = text(field);
        return text == null ? absent : text;
    }

    String requiredText(String field) {
        return required(field).textValue();
    }

    boolean flag(String field) {
        return flag(field, false);
    }

    boolean flag(String field, boolean absent) {
        JsonNode value = get(field);
        if (value == null) {
            return absent;
        }
        return value.isBoolean() ? value.booleanValue() : ValueReader.flag(value);
    }

    @Nullable
    Long number(String field) {
        JsonNode value = get(field);
        return value == null ? null : value.longValue();
    }

    @Nullable
    RequestReader object(String field) {
        JsonNode value = get(field);
        return value == null ? null : child(value);
    }

    RequestReader requiredObject(String field) {
        return child(required(field));
    }

    private RequestReader child(JsonNode value) {
        return new RequestReader((ObjectNode) value, layer);
    }

    List<RequestReader> objects(String field) {
        List<RequestReader> objects = new ArrayList<>();
        for (JsonNode element : elements(field)) {
            objects.add(child(element));
        }
        return objects;
    }

    private Iterable<JsonNode> elements(String field) {
        JsonNode value = get(field);
        return value == null ? List.of() : value;
    }

    Map<String, RequestReader> objectsByName(String field) {
        if (!has(field)) {
            return Map.of();
        }
        Map<String, RequestReader> objects = new LinkedHashMap<>();
        fields(field).forEach(each -> objects.put(each.getKey(), child(each.getValue())));
        return objects;
    }

    /** Each field of an object that holds arrays of objects. */
    Map<String, List<RequestReader>> arraysByName(String field) {
        Map<String, List<RequestReader>> arrays = new LinkedHashMap<>();
        fields(field).forEach(each -> {
            List<RequestReader> elements = new ArrayList<>();
            each.getValue().forEach(element -> elements.add(child(element)));
            arrays.put(each.getKey(), elements);
        });
        return arrays;
    }

    private Set<Map.Entry<String, JsonNode>> fields(String field) {
        JsonNode value = get(field);
        return value == null ? Set.of() : value.properties();
    }

    /** The texts of an array; null if it is absent. */
    @Nullable
    List<String> textList(String field) {
        if (!has(field)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        elements(field).forEach(element -> texts.add(element.textValue()));
        return texts;
    }

    @Nullable
    Map<String, String> texts(String field) {
        if (!has(field)) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        fields(field).forEach(each -> texts.put(each.getKey(), each.getValue().textValue()));
        return texts;
    }

    @Nullable
    AttributeValue value(String field) {
        JsonNode value = get(field);
        return value == null ? null : ValueReader.read(value, layer);
    }

    /** The values of an array; null if it is absent. */
    @Nullable
    List<AttributeValue> valueList(String field) {
        if (!has(field)) {
            return null;
        }
        List<AttributeValue> values = new ArrayList<>();
        elements(field).forEach(element -> values.add(ValueReader.read(element, layer)));
        return values;
    }

    /** An item that is read once: its JSON, which may be ten times as large, is let go. */
    Item takeItem(String field) {
        Item item = requiredItem(field);
        letGo(field);
        return item;
    }

    /** The member is there as before, and empty. */
    private void letGo(String field) {
        json.replace(field, JsonNodeFactory.instance.objectNode());
    }

    /**
     * ExpressionAttributeValues, whose errors name the value in the older layer. Read once: as {@link #takeItem}.
     */
    @Nullable
    Map<String, AttributeValue> expressionValues() {
        if (!has("ExpressionAttributeValues")) {
            return null;
        }
        Map<String, AttributeValue> values = new LinkedHashMap<>();
        fields("ExpressionAttributeValues").forEach(each -> {
            String name = each.getKey();
            try {
                values.put(name, ValueReader.read(each.getValue(), layer));
            } catch (ApiException refused) {
                throw layer.isOlder()
                        ? ApiException.validation("ExpressionAttributeValues contains invalid value: "
                                + refused.getMessage() + " for key " + name)
                        : refused;
            }
        });
        letGo("ExpressionAttributeValues");
        return values;
    }

    @Nullable
    Item item(String field) {
        JsonNode value = get(field);
        return value == null ? null : item(value);
    }

    private Item item(JsonNode object) {
        return new Item(ValueReader.members(object, layer));
    }

    Item requiredItem(String field) {
        return item(required(field));
    }

    /** The attribute values of every element of an array of keys. */
    List<Item> items(String field) {
        List<Item> items = new ArrayList<>();
        for (JsonNode element : elements(field)) {
            items.add(item(element));
        }
        return items;
    }

    /** A table's name, given as such or in an ARN of {@code region}. */
    String tableName(String field, RegionId region) {
        return tableOf(requiredText(field), region);
    }

    static String tableOf(String text, RegionId region) {
        if (text.startsWith("arn:")) {
            Arn arn = Arn.parse(text);
            if (!arn.region().equals(region.value())) {
                throw ApiException.validation(
                        "Region " + arn.region() + " in the table's ARN is not the region of the request, " + region);
            }
            return arn.table();
        }
        if (text.length() < TABLE_NAME_LEAST) {
            throw ApiException.validation(
                    "TableName must be at least 3 characters long and at most 255 characters long");
        }
        return text;
    }

    /** A member in one form however its JSON was written: members of objects in order, no spaces. */
    String canonical(String field) {
        try {
            return CANONICAL.writeValueAsString(required(field));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Writes what {@link #canonical(String)} returns, which may be long. */
    void canonical(String field, OutputStream out) {
        try {
            CANONICAL.writeValue(out, required(field));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The JSON that was sent. */
    @Override
    public String toString() {
        return json.toString();
    }

    /** What this release does not do is refused, not passed over. */
    void refuse(String... fields) {
        for (String field : fields) {
            JsonNode value = get(field);
            boolean empty = value != null && value.isContainerNode() && value.isEmpty();
            if (value != null && !empty) {
                throw ApiException.validation(
                        String.format(Locale.ROOT, "The parameter %s is not supported yet by Meridian", field));
            }
        }
    }
}
