package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.InvalidNumberException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** DynamoDB's JSON for values, of the right types already, read and checked. */
final class ValueReader {
    /** Documents within documents: an attribute's own value is the first level. */
    static final int MAX_NESTING = 32;

    static final String TOO_DEEP = "Nesting Levels have exceeded supported limits: Attributes in the item have nested"
            + " levels beyond supported limit";

    private final ValueLayer layer;

    /** Of a member of a map: told when all else of the item or the value is right. */
    private boolean hasEmptyName;

    private ValueReader(ValueLayer layer) {
        this.layer = layer;
    }

    static AttributeValue read(JsonNode json, ValueLayer layer) {
        ValueReader reader = new ValueReader(layer);
        AttributeValue value = reader.read(json, 1);
        reader.requireNames();
        return value;
    }

    /** The attributes of an item, or of a key. */
    static SortedMap<String, AttributeValue> members(JsonNode object, ValueLayer layer) {
        if (object.has("")) {
            throw ApiException.emptyAttributeName();
        }
        ValueReader reader = new ValueReader(layer);
        SortedMap<String, AttributeValue> members = reader.members(object, 0);
        reader.requireNames();
        return members;
    }

    private void requireNames() {
        if (hasEmptyName) {
            throw ApiException.emptyAttributeName();
        }
    }

    private AttributeValue read(JsonNode json, int level) {
        if (level > MAX_NESTING) {
            throw ApiException.validation(TOO_DEEP);
        }
        Map.Entry<String, JsonNode> only = only(json);
        JsonNode content = only.getValue();
        return switch (only.getKey()) {
            case "S" -> new AttributeValue.S(content.textValue());
            case "N" -> new AttributeValue.N(number(content.textValue()));
            case "B" -> new AttributeValue.B(binary(content));
            case "BOOL" -> new AttributeValue.Bool(flag(content));
            case "NULL" -> nothing(content);
            case "M" -> new AttributeValue.M(members(content, level));
            case "L" -> list(content, level);
            case "SS" -> new AttributeValue.SS(members(content, "SS", JsonNode::textValue));
            case "NS" -> new AttributeValue.NS(members(content, "NS", element -> number(element.textValue())));
            case "BS" -> new AttributeValue.BS(members(content, "BS", ValueReader::binary));
            default -> throw new AssertionError(only.getKey());
        };
    }

    /** The one type that the value has. */
    private static Map.Entry<String, JsonNode> only(JsonNode json) {
        Map.@Nullable Entry<String, JsonNode> only = null;
        for (Iterator<Map.Entry<String, JsonNode>> all = json.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = all.next();
            if (!isType(entry.getKey())) {
                continue;
            }
            if (only != null) {
                throw ApiException.validation("Supplied AttributeValue has more than one datatypes set, must contain"
                        + " exactly one of the supported datatypes");
            }
            only = entry;
        }
        if (only == null) {
            throw ApiException.validation(
                    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        }
        return only;
    }

    private static boolean isType(String name) {
        return switch (name) {
            case "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS" -> true;
            default -> false;
        };
    }

    /** A flag, or a text that the service takes for one. */
    static boolean flag(JsonNode content) {
        return content.isBoolean()
                ? content.booleanValue()
                : switch (content.asText().toUpperCase(java.util.Locale.ROOT)) {
                    case "TRUE", "1", "YES" -> true;
                    default -> false;
                };
    }

    private BigDecimal number(String text) {
        if (layer.isOlder() && isZeroOfOlder(text)) {
            return BigDecimal.ZERO;
        }
        try {
            return DynamoNumber.parse(text);
        } catch (InvalidNumberException invalid) {
            throw ApiException.validation(String.valueOf(invalid.getMessage()));
        }
    }

    /**
     * The older layer reads a number as a {@code BigDecimal} and computes its magnitude in 32 bits: what does not fit the
     * one is no number to it, what wraps in the other underflows, and zero is zero whatever its exponent.
     */
    private static boolean isZeroOfOlder(String text) {
        BigDecimal value;
        try {
            value = new BigDecimal(text);
        } catch (NumberFormatException unfit) {
            throw ApiException.validation(
                    "The parameter cannot be converted to a numeric value" + (text.isEmpty() ? "" : ": " + text));
        }
        long magnitude = (long) value.precision() - value.scale();
        if (value.signum() == 0) {
            return true;
        }
        if (magnitude > Integer.MAX_VALUE) {
            throw ApiException.validation(
                    "Number underflow. Attempting to store a number with magnitude smaller than supported range");
        }
        return false;
    }

    private static Bytes binary(JsonNode content) {
        return Bytes.wrap(Base64.getDecoder().decode(content.textValue()));
    }

    private static AttributeValue nothing(JsonNode content) {
        if (!flag(content)) {
            throw ApiException.validation("One or more parameter values were invalid: Null attribute value types must"
                    + " have the value of true");
        }
        return new AttributeValue.Null();
    }

    /** @param level of the object itself */
    private SortedMap<String, AttributeValue> members(JsonNode object, int level) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            hasEmptyName |= member.getKey().isEmpty();
            members.put(member.getKey(), read(member.getValue(), level + 1));
        }
        return members;
    }

    private AttributeValue list(JsonNode content, int level) {
        List<AttributeValue> elements = new ArrayList<>();
        for (JsonNode element : content) {
            elements.add(read(element, level + 1));
        }
        return new AttributeValue.L(elements);
    }

    private <T extends Comparable<? super T>> TreeSet<T> members(
            JsonNode content, String type, Function<JsonNode, T> reader) {
        if (content.isEmpty()) {
            throw Keys.invalid(
                    switch (type) {
                        case "SS" -> "An string set  may not be empty";
                        case "NS" -> "An number set  may not be empty";
                        default -> "Binary sets should not be empty";
                    });
        }
        TreeSet<T> members = new TreeSet<>();
        for (JsonNode element : content) {
            if (!members.add(reader.apply(element))) {
                throw duplicates(content, type, sorted(content, members.size(), reader));
            }
        }
        return members;
    }

    /** The members up to the first repeated one in order, then the others as they were sent. */
    private static <T extends Comparable<? super T>> List<String> sorted(
            JsonNode content, int distinct, Function<JsonNode, T> reader) {
        List<JsonNode> nodes = new ArrayList<>();
        content.forEach(nodes::add);
        nodes.subList(0, distinct).sort(Comparator.comparing(reader));
        return nodes.stream().map(JsonNode::textValue).toList();
    }

    private ApiException duplicates(JsonNode content, String type, List<String> sorted) {
        if (type.equals("NS")) {
            return layer.isOlder()
                    ? ApiException.validation("Input collection contains duplicates")
                    : Keys.invalid("Input collection contains duplicates.");
        }
        String of = type.equals("BS") ? "of type BS" : "";
        if (layer.isOlder()) {
            List<String> sent = new ArrayList<>();
            content.forEach(element -> sent.add(element.textValue()));
            return Keys.invalid("Input collection " + sent + of + " contains duplicates.");
        }
        String quoted = sorted.stream()
                .map(text -> "\"" + text + "\"")
                .collect(Collectors.joining(type.equals("BS") ? "," : ", ", "[", "]"));
        return Keys.invalid("Input collection " + quoted + of + " contains duplicates.");
    }
}
