package dev.meridian.node.api.shape;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The requests of the service's operations, by the operations' names. Immutable. */
public final class Shapes {
    /** The resource for DynamoDB. */
    public static final String DYNAMODB = "dynamodb-2012-08-10.shapes";

    /** The resource for DynamoDB Streams. */
    public static final String STREAMS = "dynamodb-streams-2012-08-10.shapes";

    private static final String VALUE = "AttributeValue";

    private final SortedMap<String, Shape.Structure> operations;

    private Shapes(SortedMap<String, Shape.Structure> operations) {
        this.operations = Collections.unmodifiableSortedMap(operations);
    }

    /** Read from a resource beside this class. */
    public static Shapes load(String resource) {
        try (InputStream in = Shapes.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError("the resource " + resource + " is missing");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            return new Parser().parse(lines.lines().toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** All operations of the service, also those that this release does not have. */
    public SortedMap<String, Shape.Structure> operations() {
        return operations;
    }

    /** @throws IllegalArgumentException if the service has no such operation */
    public Shape.Structure request(String operation) {
        Shape.Structure request = operations.get(operation);
        if (request == null) {
            throw new IllegalArgumentException("no operation " + operation);
        }
        return request;
    }

    /** A line that defines a shape, with the lines of its members. */
    private record Definition(String kind, String name, String rest, List<String> members) {}

    private static final class Parser {
        private static final Pattern RANGE = Pattern.compile("(\\d*)\\.\\.(\\d*)");

        private final Map<String, Definition> definitions = new HashMap<>();
        private final Map<String, Shape> resolved = new HashMap<>();

        Shapes parse(List<String> lines) {
            List<Definition> operations = new ArrayList<>();
            Definition last = new Definition("", "", "", new ArrayList<>());
            for (String line : lines) {
                if (line.startsWith("#")) {
                    continue;
                }
                if (line.startsWith("  ")) {
                    last.members().add(line.trim());
                    continue;
                }
                String[] words = line.split(" ", 3);
                last = new Definition(words[0], words[1], words.length < 3 ? "" : words[2], new ArrayList<>());
                if (last.kind().equals("operation")) {
                    operations.add(last);
                } else {
                    definitions.put(last.name(), last);
                }
            }
            TreeMap<String, Shape.Structure> requests = new TreeMap<>();
            operations.forEach(operation -> requests.put(operation.name(), structure(operation)));
            return new Shapes(requests);
        }

        private Shape shape(String name) {
            Shape known = resolved.get(name);
            if (known == null) {
                known = resolve(name);
                resolved.put(name, known);
            }
            return known;
        }

        private Shape resolve(String name) {
            switch (name) {
                case VALUE -> {
                    return new Shape.Value(name);
                }
                case "String" -> {
                    return new Shape.Text(name, Shape.Range.ANY, null);
                }
                case "Boolean" -> {
                    return new Shape.Flag(name);
                }
                case "Integer", "Long" -> {
                    return new Shape.Number(name, name, Shape.Range.ANY);
                }
                case "Timestamp" -> {
                    return new Shape.Timestamp(name);
                }
                default -> {
                    Definition definition = definitions.get(name);
                    if (definition == null) {
                        throw new IllegalStateException("shape " + name + " is not defined");
                    }
                    return shape(definition);
                }
            }
        }

        private Shape shape(Definition definition) {
            String name = definition.name();
            String[] words = definition.rest().split(" ");
            return switch (definition.kind()) {
                case "structure" -> structure(definition);
                case "list" -> new Shape.ListOf(name, shape(words[0]), range(words, 1));
                case "map" -> new Shape.MapOf(name, shape(words[0]), shape(words[1]), range(words, 2));
                case "string" -> text(name, definition.rest());
                case "table" -> new Shape.Table(name, Long.parseLong(words[0]));
                case "enum" -> new Shape.Enumerated(name, List.of(words));
                case "integer" -> new Shape.Number(name, "Integer", range(words, 0));
                case "long" -> new Shape.Number(name, "Long", range(words, 0));
                case "double" -> new Shape.Number(name, "Double", range(words, 0));
                case "boolean" -> new Shape.Flag(name);
                case "timestamp" -> new Shape.Timestamp(name);
                case "blob" -> new Shape.Blob(name);
                default -> throw new IllegalStateException("kind " + definition.kind() + " of " + name);
            };
        }

        private Shape.Structure structure(Definition definition) {
            List<Shape.Member> members = new ArrayList<>();
            for (String line : definition.members()) {
                String[] words = line.split(" ");
                String name = words[0].replace("!", "");
                int marks = words[0].length() - name.length();
                members.add(new Shape.Member(name, marks > 0, marks > 1, shape(words[1])));
            }
            return new Shape.Structure(definition.name(), List.copyOf(members));
        }

        private static Shape text(String name, String rest) {
            String[] words = rest.split(" ", 2);
            boolean ranged = RANGE.matcher(words[0]).matches();
            String pattern = ranged ? (words.length > 1 ? words[1] : "") : rest;
            return new Shape.Text(
                    name,
                    ranged ? range(words, 0) : Shape.Range.ANY,
                    pattern.isEmpty() ? null : Pattern.compile(pattern));
        }

        private static Shape.Range range(String[] words, int at) {
            if (words.length <= at || words[at].isEmpty()) {
                return Shape.Range.ANY;
            }
            var matcher = RANGE.matcher(words[at]);
            if (!matcher.matches()) {
                throw new IllegalStateException("range " + words[at]);
            }
            return new Shape.Range(bound(matcher.group(1)), bound(matcher.group(2)));
        }

        private static @Nullable Long bound(String digits) {
            return digits.isEmpty() ? null : Long.valueOf(digits);
        }
    }
}
