package dev.meridian.simulator.scenario;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML document as a tree that knows its lines, so that whatever is wrong with it can be pointed at. */
sealed interface Yaml {
    /** From 1. */
    int line();

    /** What it is, for messages. */
    String kind();

    record Scalar(int line, String text) implements Yaml {
        @Override
        public String kind() {
            return text.isEmpty() ? "nothing" : "'" + text + "'";
        }
    }

    record Sequence(int line, List<Yaml> entries) implements Yaml {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Mapping(int line, Map<String, Entry> entries) implements Yaml {
        /** @param line of the key */
        record Entry(int line, Yaml value) {}

        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** @throws ScenarioException if it is no YAML, or more of it than scenarios need */
    static Yaml parse(String text) {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            if (parser.nextToken() == null) {
                throw new ScenarioException("the file is empty");
            }
            Yaml document = read(parser);
            if (parser.nextToken() != null) {
                throw new ScenarioException("line " + line(parser) + ": more than one document");
            }
            return document;
        } catch (JacksonException broken) {
            JsonLocation at = broken.getLocation();
            String message = String.valueOf(broken.getOriginalMessage())
                    .lines()
                    .findFirst()
                    .orElse("");
            throw new ScenarioException((at == null ? "" : "line " + at.getLineNr() + ": ") + message);
        } catch (IOException inMemory) {
            throw new AssertionError(inMemory);
        }
    }

    private static int line(YAMLParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static Yaml read(YAMLParser parser) throws IOException {
        int line = line(parser);
        if (parser.isCurrentAlias()) {
            throw new ScenarioException("line " + line + ": aliases are not supported");
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return readMapping(parser, line);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Yaml> entries = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                entries.add(read(parser));
            }
            return new Sequence(line, entries);
        }
        return new Scalar(
                line, token == JsonToken.VALUE_NULL ? "" : parser.getText().strip());
    }

    private static Mapping readMapping(YAMLParser parser, int line) throws IOException {
        Map<String, Mapping.Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            int nameLine = line(parser);
            parser.nextToken();
            if (entries.put(name, new Mapping.Entry(nameLine, read(parser))) != null) {
                throw new ScenarioException("line " + nameLine + ": field " + name + " is there twice");
            }
        }
        return new Mapping(line, entries);
    }
}
