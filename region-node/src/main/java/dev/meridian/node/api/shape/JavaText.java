package dev.meridian.node.api.shape;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.Excerpt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Values as the service's messages show them: as Java prints lists, maps and objects. Of a long list or map only as much
 * as {@link Excerpt} shows.
 */
final class JavaText {
    private JavaText() {}

    static String of(Shape shape, JsonNode value) {
        if (shape instanceof Shape.ListOf list) {
            List<String> elements = new ArrayList<>();
            int length = 0;
            for (JsonNode element : value) {
                elements.add(of(list.element(), element));
                length += elements.get(elements.size() - 1).length();
                if (length > Excerpt.VALUE_BYTES_MAX) {
                    break;
                }
            }
            return elements.toString();
        }
        if (shape instanceof Shape.MapOf map) {
            List<String> entries = new ArrayList<>();
            int length = 0;
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                entries.add(entry.getKey() + "=" + of(map.value(), entry.getValue()));
                length += entries.get(entries.size() - 1).length();
                if (length > Excerpt.VALUE_BYTES_MAX) {
                    break;
                }
            }
            return "{" + String.join(", ", entries) + "}";
        }
        if (shape instanceof Shape.Structure structure) {
            List<String> members = new ArrayList<>();
            for (Shape.Member member : structure.members()) {
                JsonNode present = value.get(member.name());
                if (present != null) {
                    members.add(lowerFirst(member.name()) + "=" + of(member.shape(), present));
                }
            }
            return structure.name() + "(" + String.join(", ", members) + ")";
        }
        if (shape instanceof Shape.Value) {
            List<String> members = new ArrayList<>();
            value.fields()
                    .forEachRemaining(entry -> members.add(lowerFirst(entry.getKey()) + "="
                            + (entry.getValue().isTextual()
                                    ? entry.getValue().textValue()
                                    : entry.getValue().toString())));
            return "AttributeValue(" + String.join(", ", members) + ")";
        }
        return value.asText();
    }

    private static String lowerFirst(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
