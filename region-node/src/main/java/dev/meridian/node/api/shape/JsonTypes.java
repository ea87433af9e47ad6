package dev.meridian.node.api.shape;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/** JSON types against shapes, with the words of the service's deserializer. Members that no shape knows are passed over. */
final class JsonTypes {
    private static final String MODEL = "com.amazonaws.dynamodb.v20120810.";
    private static final String ELEMENT = "Unexpected value type in payload";
    private static final String NOT_EXPECTED = "Start of structure or map found where not expected";

    private JsonTypes() {}

    static void checkMembers(Shape.Structure structure, JsonNode object) {
        for (Shape.Member member : structure.members()) {
            JsonNode value = object.get(member.name());
            if (value != null) {
                check(member.shape(), value, "Unexpected field type");
            }
        }
    }

    /** @param scalar what to say of a scalar where an object should be: members and elements are told apart */
    private static void check(Shape shape, JsonNode value, String scalar) {
        if (shape instanceof Shape.Structure structure) {
            if (!value.isObject()) {
                throw noObject(value, scalar, "class " + MODEL + structure.name());
            }
            checkMembers(structure, value);
        } else if (shape instanceof Shape.ListOf list) {
            requireArray(value);
            value.forEach(element -> check(list.element(), element, ELEMENT));
        } else if (shape instanceof Shape.MapOf map) {
            if (!value.isObject()) {
                throw noObject(value, "Unexpected field type", javaMap(map));
            }
            value.fieldNames().forEachRemaining(JsonTypes::requireWellFormed);
            value.forEach(element -> check(map.value(), element, ELEMENT));
        } else if (shape instanceof Shape.Text || shape instanceof Shape.Table || shape instanceof Shape.Enumerated) {
            requireText(value);
        } else if (shape instanceof Shape.Number number) {
            if (!value.isNumber()) {
                throw cannot(value, number.javaType());
            }
        } else if (shape instanceof Shape.Flag) {
            requireFlag(value);
        } else if (shape instanceof Shape.Timestamp) {
            if (!value.isNumber()) {
                throw cannot(value, "Date");
            }
        } else if (shape instanceof Shape.Blob) {
            requireBinary(value);
        } else {
            checkValue(value, scalar);
        }
    }

    private static String javaMap(Shape.MapOf map) {
        String value = map.value() instanceof Shape.Text
                ? "java.lang.String"
                : map.value() instanceof Shape.ListOf list
                        ? "java.util.List<" + MODEL + list.element().name() + ">"
                        : MODEL + map.value().name();
        return "java.util.Map<java.lang.String, " + value + ">";
    }

    /** An attribute value: each known type's content; how many types there are is not a question of types. */
    private static void checkValue(JsonNode value, String scalar) {
        if (!value.isObject()) {
            throw noObject(value, scalar, "class " + MODEL + "AttributeValue");
        }
        for (Iterator<Map.Entry<String, JsonNode>> all = value.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = all.next();
            JsonNode content = entry.getValue();
            switch (entry.getKey()) {
                case "S", "N" -> requireText(content);
                case "B" -> requireBinary(content);
                case "BOOL", "NULL" -> requireFlag(content);
                case "SS", "NS" -> {
                    requireArray(content);
                    content.forEach(JsonTypes::requireText);
                }
                case "BS" -> {
                    requireArray(content);
                    content.forEach(JsonTypes::requireBinary);
                }
                case "L" -> {
                    requireArray(content);
                    content.forEach(element -> checkValue(element, ELEMENT));
                }
                case "M" -> {
                    if (!content.isObject()) {
                        throw noObject(
                                content,
                                "Unexpected field type",
                                "java.util.Map<java.lang.String, " + MODEL + "AttributeValue>");
                    }
                    content.fieldNames().forEachRemaining(JsonTypes::requireWellFormed);
                    content.forEach(element -> checkValue(element, ELEMENT));
                }
                default -> {
                    // Not a type; if no other is there, the value is empty.
                }
            }
        }
    }

    /** @param expected what an array stands in the place of */
    private static MistypedException noObject(JsonNode value, String scalar, String expected) {
        return new MistypedException(value.isArray() ? "Unrecognized collection type " + expected : scalar);
    }

    private static void requireArray(JsonNode value) {
        if (!value.isArray()) {
            throw new MistypedException(value.isObject() ? NOT_EXPECTED : "Unexpected field type");
        }
    }

    private static void requireText(JsonNode value) {
        if (!value.isTextual()) {
            throw cannot(value, "String");
        }
        requireWellFormed(value.textValue());
    }

    /** Half a surrogate pair is no character: in UTF-8 different texts would become the same. */
    private static void requireWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (!Character.isSurrogate(letter)) {
                continue;
            }
            boolean pair = Character.isHighSurrogate(letter)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (!pair) {
                throw new MistypedException("Unpaired surrogate character in a string");
            }
            i++;
        }
    }

    /** The service takes some texts for flags. */
    private static void requireFlag(JsonNode value) {
        boolean flag = value.isBoolean() || (value.isTextual() && isFlagText(value.textValue()));
        if (!flag) {
            throw value.isTextual()
                    ? new MistypedException("Unexpected token received from parser")
                    : cannot(value, "Boolean");
        }
    }

    private static boolean isFlagText(String text) {
        return switch (text.toUpperCase(Locale.ROOT)) {
            case "TRUE", "FALSE", "1", "0", "YES", "NO" -> true;
            default -> false;
        };
    }

    private static void requireBinary(JsonNode value) {
        if (!value.isTextual()) {
            throw new MistypedException(
                    value.isArray()
                            ? "Unrecognized collection type class java.nio.ByteBuffer"
                            : value.isObject()
                                    ? NOT_EXPECTED
                                    : "only base-64-encoded strings are convertible to bytes");
        }
        String text = value.textValue();
        if (text.length() % 4 != 0) {
            throw new MistypedException(
                    "Base64 encoded length is expected a multiple of 4 bytes but found: " + text.length());
        }
        try {
            if (!Base64.getEncoder()
                    .encodeToString(Base64.getDecoder().decode(text))
                    .equals(text)) {
                throw new MistypedException("Invalid last non-pad Base64 character dectected");
            }
        } catch (IllegalArgumentException invalid) {
            throw new MistypedException("Invalid base64 encoding");
        }
    }

    private static MistypedException cannot(JsonNode value, String type) {
        return new MistypedException(
                switch (value.getNodeType()) {
                    case STRING -> "STRING_VALUE cannot be converted to " + type;
                    case NUMBER ->
                        (value.isIntegralNumber() ? "NUMBER_VALUE" : "DECIMAL_VALUE") + " cannot be converted to "
                                + type;
                    case BOOLEAN ->
                        (value.booleanValue() ? "TRUE_VALUE" : "FALSE_VALUE") + " cannot be converted to " + type;
                    case ARRAY -> "Unrecognized collection type class java.lang." + type;
                    case OBJECT -> NOT_EXPECTED;
                    case NULL, MISSING, BINARY, POJO -> "Unexpected token received from parser";
                });
    }
}
