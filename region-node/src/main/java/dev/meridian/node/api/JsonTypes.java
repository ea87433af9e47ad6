package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON values as the type that the API's model asks for; another one is a SerializationException in the service's words. */
final class JsonTypes {
    private JsonTypes() {}

    static String text(JsonNode value) {
        if (!value.isTextual()) {
            throw cannot(value, "String");
        }
        return value.textValue();
    }

    static boolean flag(JsonNode value) {
        if (!value.isBoolean()) {
            throw value.isContainerNode()
                    ? ApiException.serialization("Start of structure or map found where not expected")
                    : ApiException.serialization("Unexpected token received from parser");
        }
        return value.booleanValue();
    }

    static long integer(JsonNode value, String type) {
        if (!value.isNumber()) {
            throw cannot(value, type);
        }
        return value.asLong();
    }

    static ObjectNode object(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw value.isArray()
                ? ApiException.serialization("Unrecognized collection type java.util.Map")
                : ApiException.serialization("Unexpected value type in payload");
    }

    static ArrayNode array(JsonNode value) {
        if (value instanceof ArrayNode array) {
            return array;
        }
        throw value.isObject()
                ? ApiException.serialization("Start of structure or map found where not expected")
                : ApiException.serialization("Unexpected field type");
    }

    private static ApiException cannot(JsonNode value, String type) {
        return switch (value.getNodeType()) {
            case STRING -> ApiException.serialization("STRING_VALUE cannot be converted to " + type);
            case NUMBER ->
                ApiException.serialization((value.isIntegralNumber() ? "NUMBER_VALUE" : "DECIMAL_VALUE")
                        + " cannot be converted to " + type);
            case BOOLEAN ->
                ApiException.serialization(
                        (value.booleanValue() ? "TRUE_VALUE" : "FALSE_VALUE") + " cannot be converted to " + type);
            case ARRAY -> ApiException.serialization("Unrecognized collection type class java.lang." + type);
            case OBJECT -> ApiException.serialization("Start of structure or map found where not expected");
            case NULL, MISSING, BINARY, POJO -> ApiException.serialization("Unexpected token received from parser");
        };
    }
}
