package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request's JSON as a tree without nulls: what is null is what is not there. In one pass: RequestBenchmark. Its objects
 * are as small as they can be, and {@link dev.meridian.node.api.shape.RequestSize} knows how large that is.
 */
final class RequestTree {
    /** 32 levels of documents take two levels of JSON each; that some more are too many is told as such. */
    private static final int MAX_DEPTH = 500;

    /** An attribute's name may have 65,535 characters, and a longer one is told as a broken constraint. */
    private static final int MAX_NAME = 100_000;

    /** Of members: most objects of a request are values, and have one. */
    private static final int FEW = 4;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Names are not interned: what strangers send would fill the JVM's own table. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_NAME)
                    .build())
            .build();

    private RequestTree() {}

    /** @throws ApiException if it is not one object in UTF-8 and nothing more */
    static ObjectNode read(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            ObjectNode request = null;
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                request = object(parser);
            } else {
                // It is told first if this is no JSON at all.
                parser.skipChildren();
            }
            if (first == null || parser.nextToken() != null) {
                throw malformed();
            }
            if (request == null) {
                throw ApiException.serialization("Start of structure expected");
            }
            return request;
        } catch (StreamConstraintsException tooLarge) {
            throw ApiException.serialization("The request's body has more than " + MAX_DEPTH
                    + " levels, or a name or a number in it is too long");
        } catch (IOException noJson) {
            throw malformed();
        }
    }

    /** The service says no more of what is no JSON. */
    private static ApiException malformed() {
        return ApiException.serialization("");
    }

    /** Of a name given twice the last counts. */
    private static ObjectNode object(JsonParser parser) throws IOException {
        String first = parser.nextFieldName();
        if (first == null) {
            return new ObjectNode(NODES, Map.of());
        }
        JsonNode only = value(parser, parser.nextToken());
        String second = parser.nextFieldName();
        if (second == null) {
            return new ObjectNode(NODES, only == null ? Map.of() : new OneMember(first, only));
        }
        ObjectNode object = new ObjectNode(NODES, new LinkedHashMap<>(FEW));
        put(object, first, only);
        for (String name = second; name != null; name = parser.nextFieldName()) {
            put(object, name, value(parser, parser.nextToken()));
        }
        return object;
    }

    private static void put(ObjectNode object, String name, @Nullable JsonNode value) {
        if (value == null) {
            object.remove(name);
        } else {
            object.replace(name, value);
        }
    }

    private static ArrayNode array(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.END_ARRAY) {
            return new ArrayNode(NODES, List.of());
        }
        ArrayNode array = new ArrayNode(NODES, FEW);
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            JsonNode element = value(parser, token);
            if (element != null) {
                array.add(element);
            }
        }
        return array;
    }

    private static @Nullable JsonNode value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> null;
            default -> throw new AssertionError(token);
        };
    }
}
