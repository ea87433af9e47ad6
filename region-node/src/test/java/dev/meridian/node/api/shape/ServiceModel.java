package dev.meridian.node.api.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** The service's own Smithy model, as Amazon publishes it. */
public final class ServiceModel {
    private static final String FILE = "/META-INF/smithy/2012-08-10/dynamodb-2012-08-10.json";
    private static final String NAMESPACE = "com.amazonaws.dynamodb#";

    private final JsonNode shapes;

    private ServiceModel(JsonNode shapes) {
        this.shapes = shapes;
    }

    public static ServiceModel load() throws IOException {
        try (InputStream in = ServiceModel.class.getResourceAsStream(FILE)) {
            return new ServiceModel(new ObjectMapper().readTree(in).path("shapes"));
        }
    }

    public SortedSet<String> operations() {
        SortedSet<String> names = new TreeSet<>();
        shapes.fields().forEachRemaining(shape -> {
            if (shape.getValue().path("type").asText().equals("operation")) {
                names.add(simple(shape.getKey()));
            }
        });
        return names;
    }

    JsonNode input(String operation) {
        return shape(simple(shape(operation).path("input").path("target").asText()));
    }

    JsonNode shape(String name) {
        return shapes.path(NAMESPACE + name);
    }

    Map<String, JsonNode> members(JsonNode structure) {
        Map<String, JsonNode> members = new LinkedHashMap<>();
        structure.path("members").fields().forEachRemaining(member -> members.put(member.getKey(), member.getValue()));
        return members;
    }

    static String target(JsonNode member) {
        return simple(member.path("target").asText());
    }

    static JsonNode trait(JsonNode shape, String name) {
        return shape.path("traits").path("smithy.api#" + name);
    }

    private static String simple(String id) {
        return id.substring(id.indexOf('#') + 1);
    }
}
