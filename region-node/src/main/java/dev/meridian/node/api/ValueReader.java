package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.InvalidNumberException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** DynamoDB's JSON for values, read and checked. */
final class ValueReader {
    /** Documents within documents. */
    private static final int MAX_NESTING = 32;

    private ValueReader() {}

    static AttributeValue read(JsonNode json) {
        return read(json, 0);
    }

    private static AttributeValue read(JsonNode json, int depth) {
        ObjectNode object = JsonTypes.object(json);
        if (object.size() == 0) {
            throw ApiException.validation(
                    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        }
        if (object.size() > 1) {
            throw ApiException.validation(
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly"
                            + " one of the supported datatypes");
        }
        if (depth > MAX_NESTING) {
            throw ApiException.validation("Nesting Levels have exceeded supported limits");
        }
        Map.Entry<String, JsonNode> only = object.fields().next();
        JsonNode content = only.getValue();
        return switch (only.getKey()) {
            case "S" -> new AttributeValue.S(JsonTypes.text(content));
            case "N" -> new AttributeValue.N(number(JsonTypes.text(content)));
            case "B" -> new AttributeValue.B(binary(content));
            case "BOOL" -> new AttributeValue.Bool(JsonTypes.flag(content));
            case "NULL" -> nothing(content);
            case "M" -> map(content, depth);
            case "L" -> list(content, depth);
            case "SS" -> strings(content);
            case "NS" -> numbers(content);
            case "BS" -> binaries(content);
            default ->
                throw ApiException.validation(
                        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        };
    }

    private static BigDecimal number(String text) {
        try {
            return DynamoNumber.parse(text);
        } catch (InvalidNumberException invalid) {
            throw ApiException.validation(String.valueOf(invalid.getMessage()));
        }
    }

    private static Bytes binary(JsonNode content) {
        String text = JsonTypes.text(content);
        if (text.length() % 4 != 0) {
            throw ApiException.serialization(
                    "Base64 encoded length is expected a multiple of 4 bytes but found: " + text.length());
        }
        try {
            return Bytes.wrap(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException invalid) {
            throw ApiException.serialization("Invalid Base64 encoding");
        }
    }

    private static AttributeValue nothing(JsonNode content) {
        if (!JsonTypes.flag(content)) {
            throw ApiException.validation("One or more parameter values were invalid: Null attribute value types must"
                    + " have the value of true");
        }
        return new AttributeValue.Null();
    }

    private static AttributeValue map(JsonNode content, int depth) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> all =
                        JsonTypes.object(content).fields();
                all.hasNext(); ) {
            Map.Entry<String, JsonNode> member = all.next();
            members.put(member.getKey(), read(member.getValue(), depth + 1));
        }
        return new AttributeValue.M(members);
    }

    private static AttributeValue list(JsonNode content, int depth) {
        List<AttributeValue> elements = new ArrayList<>();
        for (JsonNode element : JsonTypes.array(content)) {
            elements.add(read(element, depth + 1));
        }
        return new AttributeValue.L(elements);
    }

    private static AttributeValue strings(JsonNode content) {
        TreeSet<String> members = new TreeSet<>();
        for (JsonNode element : JsonTypes.array(content)) {
            unique(members.add(JsonTypes.text(element)), content);
        }
        requireMembers(members.isEmpty(), "string");
        return new AttributeValue.SS(members);
    }

    private static AttributeValue numbers(JsonNode content) {
        TreeSet<BigDecimal> members = new TreeSet<>();
        for (JsonNode element : JsonTypes.array(content)) {
            unique(members.add(number(JsonTypes.text(element))), content);
        }
        requireMembers(members.isEmpty(), "number");
        return new AttributeValue.NS(members);
    }

    private static AttributeValue binaries(JsonNode content) {
        TreeSet<Bytes> members = new TreeSet<>();
        for (JsonNode element : JsonTypes.array(content)) {
            unique(members.add(binary(element)), content);
        }
        requireMembers(members.isEmpty(), "binary");
        return new AttributeValue.BS(members);
    }

    private static void requireMembers(boolean empty, String type) {
        if (empty) {
            throw ApiException.validation(
                    "One or more parameter values were invalid: An " + type + " set  may not be empty");
        }
    }

    private static void unique(boolean added, JsonNode set) {
        if (!added) {
            List<String> shown = new ArrayList<>();
            set.forEach(element -> shown.add(element.asText()));
            throw ApiException.validation("One or more parameter values were invalid: Input collection ["
                    + String.join(", ", shown) + "] contains duplicates.");
        }
    }
}
