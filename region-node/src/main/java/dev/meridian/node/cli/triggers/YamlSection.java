package dev.meridian.node.cli.triggers;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.meridian.node.config.ConfigException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mapping in a YAML file whose fields are asked for one by one. What is wrong with one is said with its line and name, and
 * so is a field that nobody asked for.
 */
final class YamlSection {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final JsonNode node;
    private final JsonPointer at;
    private final Map<JsonPointer, Integer> lines;
    private final TreeSet<String> known = new TreeSet<>();

    private YamlSection(JsonNode node, JsonPointer at, Map<JsonPointer, Integer> lines) {
        this.node = node;
        this.at = at;
        this.lines = lines;
    }

    /** @throws ConfigException if it is not YAML, or no mapping */
    static YamlSection read(String text) {
        try {
            JsonNode root = new ObjectMapper(YAML).readTree(text);
            if (root == null || root.isMissingNode() || root.isNull()) {
                throw new ConfigException("the file is empty");
            }
            YamlSection section = new YamlSection(root, JsonPointer.empty(), lines(text));
            if (!root.isObject()) {
                throw new ConfigException("line 1: the file is a list of fields with values");
            }
            return section;
        } catch (JacksonException wrong) {
            String what = String.valueOf(wrong.getOriginalMessage())
                    .lines()
                    .findFirst()
                    .orElse("");
            String line = wrong.getLocation() == null
                    ? ""
                    : "line " + wrong.getLocation().getLineNr() + ": ";
            throw new ConfigException(line + what);
        } catch (IOException inMemory) {
            throw new AssertionError(inMemory);
        }
    }

    private static Map<JsonPointer, Integer> lines(String text) throws IOException {
        Map<JsonPointer, Integer> lines = new HashMap<>();
        try (JsonParser parser = YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                lines.putIfAbsent(
                        parser.getParsingContext().pathAsPointer(),
                        parser.currentTokenLocation().getLineNr());
            }
        }
        return lines;
    }

    ConfigException wrong(String field, String what) {
        JsonPointer place = at.appendProperty(field);
        return new ConfigException("line " + line(place) + ", field " + name(place) + ": " + what);
    }

    /** Of the field, or of what holds it where it is not there. */
    private int line(JsonPointer place) {
        for (JsonPointer each = place; each != null; each = each.head()) {
            Integer line = lines.get(each);
            if (line != null) {
                return line;
            }
        }
        return 1;
    }

    /** Like {@code triggers[0].function.url}. */
    private static String name(JsonPointer place) {
        StringBuilder name = new StringBuilder();
        for (JsonPointer each = place; !each.matches(); each = each.tail()) {
            if (each.mayMatchElement()) {
                name.append('[').append(each.getMatchingIndex()).append(']');
            } else {
                name.append(name.length() == 0 ? "" : ".").append(each.getMatchingProperty());
            }
        }
        return name.toString();
    }

    private JsonNode field(String field) {
        known.add(field);
        JsonNode value = node.path(field);
        // A name with nothing behind it is read as an empty text.
        boolean isEmpty =
                value.isNull() || (value.isTextual() && value.textValue().isEmpty());
        return isEmpty ? MissingNode.getInstance() : value;
    }

    boolean has(String field) {
        return !field(field).isMissingNode();
    }

    @Nullable
    String text(String field) {
        JsonNode value = field(field);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw wrong(field, "must be a text, not " + value);
        }
        return value.textValue();
    }

    String requiredText(String field) {
        String value = text(field);
        if (value == null) {
            throw wrong(field, "is missing");
        }
        return value;
    }

    int integer(String field, int absent) {
        JsonNode value = field(field);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw wrong(field, "must be a whole number, not " + value);
        }
        return value.intValue();
    }

    boolean flag(String field, boolean absent) {
        JsonNode value = field(field);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrong(field, "must be true or false, not " + value);
        }
        return value.booleanValue();
    }

    /** Empty if it is not there. */
    YamlSection section(String field) {
        JsonNode value = field(field);
        if (!value.isMissingNode() && !value.isObject()) {
            throw wrong(field, "must hold fields, not " + value);
        }
        return new YamlSection(value, at.appendProperty(field), lines);
    }

    List<YamlSection> sections(String field) {
        List<YamlSection> sections = new ArrayList<>();
        for (JsonNode each : list(field)) {
            JsonPointer place = at.appendProperty(field).appendIndex(sections.size());
            YamlSection section = new YamlSection(each, place, lines);
            if (!each.isObject()) {
                throw new ConfigException(
                        "line " + line(place) + ", field " + name(place) + ": must hold fields, not " + each);
            }
            sections.add(section);
        }
        return sections;
    }

    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : list(field)) {
            if (!each.isTextual()) {
                throw wrong(field, "must be a list of texts, not " + each);
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    private JsonNode list(String field) {
        JsonNode value = field(field);
        if (!value.isMissingNode() && !value.isArray()) {
            throw wrong(field, "must be a list, not " + value);
        }
        return value;
    }

    /** All fields, as texts by name. */
    Map<String, String> map(String field) {
        YamlSection section = section(field);
        Map<String, String> map = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : section.node.properties()) {
            if (!each.getValue().isValueNode()) {
                throw section.wrong(each.getKey(), "must be a text, not " + each.getValue());
            }
            map.put(each.getKey(), each.getValue().asText());
        }
        return map;
    }

    /** To be called when all fields were asked for. */
    void rejectOthers() {
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            if (!known.contains(each.getKey())) {
                throw wrong(
                        each.getKey(), "unknown; known here: " + known.stream().collect(Collectors.joining(", ")));
            }
        }
    }
}
