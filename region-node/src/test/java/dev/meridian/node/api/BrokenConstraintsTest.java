package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.api.shape.Shape;
import dev.meridian.node.api.shape.Shapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every constraint that the service's model puts on a request, broken by itself. The requests are made of our shapes,
 * which {@code ShapesTest} holds against the model.
 */
class BrokenConstraintsTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String TABLE_PATTERN = "[a-zA-Z0-9_.-]+";
    private static final int TABLE_MOST = 255;

    @TempDir
    static Path folder;

    private static OperationsFixture region;

    @BeforeAll
    static void open() throws Exception {
        region = new OperationsFixture(folder);
    }

    @AfterAll
    static void close() {
        region.close();
    }

    /**
     * A request with one fault.
     *
     * @param at the place as the service spells it, with small first letters
     */
    private record Broken(String at, String constraint, JsonNode request) {}

    @TestFactory
    List<DynamicTest> oneBrokenConstraintIsToldByItself() {
        List<DynamicTest> tests = new ArrayList<>();
        Shapes.load(Shapes.DYNAMODB).operations().forEach((operation, shape) -> {
            if (region.operations().contains(operation)) {
                for (Broken broken : ofMembers(shape, "", whole -> whole)) {
                    tests.add(DynamicTest.dynamicTest(
                            operation + " " + broken.at() + ": " + broken.constraint(),
                            () -> check(operation, broken)));
                }
            }
        });
        assertThat(tests.size()).isGreaterThan(300);
        return tests;
    }

    private static void check(String operation, Broken broken) {
        OperationsFixture.Answer answer = region.ask(operation, broken.request().toString());
        assertThat(answer.error()).isEqualTo("ValidationException");
        if (broken.constraint().startsWith("The parameter ")) {
            assertThat(answer.message()).isEqualTo(broken.constraint());
            return;
        }
        String sent = Pattern.quote(broken.at());
        assertThat(answer.message())
                .matches(Pattern.compile(
                        "1 validation error detected: Value (null |'.*' |)at '(?i:" + sent
                                + ")' failed to satisfy constraint: " + Pattern.quote(broken.constraint()),
                        Pattern.DOTALL));
    }

    @Test
    void whatBreaksNothingPassesTheConstraints() {
        Shapes.load(Shapes.DYNAMODB).operations().forEach((operation, shape) -> {
            if (region.operations().contains(operation)) {
                OperationsFixture.Answer answer =
                        region.ask(operation, sample(shape).toString());
                assertThat(answer.message())
                        .doesNotContain("satisfy constraint")
                        .doesNotContain("was not present");
            }
        });
    }

    /** @param whole puts a value of this structure into the request around it */
    private static List<Broken> ofMembers(Shape.Structure structure, String path, UnaryOperator<JsonNode> whole) {
        List<Broken> all = new ArrayList<>();
        for (Shape.Member member : structure.members()) {
            String name = member.name();
            String at = path + (path.isEmpty() ? "" : ".") + Character.toLowerCase(name.charAt(0)) + name.substring(1);
            if (member.required()) {
                ObjectNode without = (ObjectNode) sample(structure);
                without.remove(name);
                all.add(new Broken(
                        at,
                        member.demanded()
                                ? "The parameter '" + name + "' is required but was not present in the request"
                                : "Member must not be null",
                        whole.apply(without)));
            }
            all.addAll(of(member.shape(), at, value -> whole.apply(((ObjectNode) sample(structure)).set(name, value))));
        }
        return all;
    }

    private static List<Broken> of(Shape shape, String at, UnaryOperator<JsonNode> whole) {
        List<Broken> all = new ArrayList<>();
        if (shape instanceof Shape.Structure structure) {
            all.addAll(ofMembers(structure, at, whole));
        } else if (shape instanceof Shape.ListOf list) {
            lengths(list.lengths(), at, length -> whole.apply(listOf(list, length)), all);
            all.addAll(of(
                    list.element(),
                    at + ".1.member",
                    value -> whole.apply(JSON.arrayNode().add(value))));
        } else if (shape instanceof Shape.MapOf map) {
            ofMap(map, at, whole, all);
        } else if (shape instanceof Shape.Text text) {
            ofText(text, at, whole, all);
        } else if (shape instanceof Shape.Table table) {
            Shape.Range lengths = new Shape.Range(table.least(), (long) TABLE_MOST);
            lengths(lengths, at, length -> whole.apply(JSON.textNode("a".repeat(length))), all);
            all.add(new Broken(
                    at,
                    "Member must satisfy regular expression pattern: " + TABLE_PATTERN,
                    whole.apply(JSON.textNode("not so!"))));
        } else if (shape instanceof Shape.Enumerated enumerated) {
            all.add(new Broken(
                    at,
                    "Member must satisfy enum value set: [" + String.join(", ", enumerated.values()) + "]",
                    whole.apply(JSON.textNode("NOT_SO"))));
        } else if (shape instanceof Shape.Number number) {
            Long least = number.values().least();
            Long most = number.values().most();
            if (least != null) {
                all.add(new Broken(
                        at,
                        "Member must have value greater than or equal to " + least,
                        whole.apply(JSON.numberNode(least - 1))));
            }
            if (most != null) {
                all.add(new Broken(
                        at,
                        "Member must have value less than or equal to " + most,
                        whole.apply(JSON.numberNode(most + 1))));
            }
        }
        return all;
    }

    /** A text that is too short for its pattern too breaks two constraints: that is not what is asked here. */
    private static void ofText(Shape.Text text, String at, UnaryOperator<JsonNode> whole, List<Broken> all) {
        Pattern pattern = text.pattern();
        Shape.Range lengths = text.lengths();
        boolean emptyFits = pattern == null || pattern.matcher("").matches();
        lengths(
                emptyFits ? lengths : new Shape.Range(null, lengths.most()),
                at,
                length -> whole.apply(JSON.textNode("a".repeat(length))),
                all);
        if (pattern != null) {
            String wrong = pattern.matcher("not so!").matches() ? "not\u0001so" : "not so!";
            all.add(new Broken(
                    at,
                    "Member must satisfy regular expression pattern: " + pattern.pattern(),
                    whole.apply(JSON.textNode(wrong))));
        }
    }

    private static void ofMap(Shape.MapOf map, String at, UnaryOperator<JsonNode> whole, List<Broken> all) {
        lengths(map.lengths(), at, length -> whole.apply(mapOf(map, length)), all);
        String key = sample(map.key()).textValue();
        if (map.key() instanceof Shape.Table table) {
            all.add(new Broken(
                    at,
                    "Map keys must satisfy constraint: [" + within(new Shape.Range(table.least(), (long) TABLE_MOST))
                            + ", Member must satisfy regular expression pattern: " + TABLE_PATTERN + "]",
                    whole.apply(JSON.objectNode().set("not so!", sample(map.value())))));
        } else if (map.key() instanceof Shape.Text text && text.lengths().most() != null) {
            all.add(new Broken(
                    at,
                    "Map keys must satisfy constraint: [" + within(text.lengths()) + "]",
                    whole.apply(JSON.objectNode()
                            .set("a".repeat(text.lengths().most().intValue() + 1), sample(map.value())))));
        }
        if (map.value() instanceof Shape.ListOf list) {
            all.add(new Broken(
                    at,
                    "Map value must satisfy constraint: [" + within(list.lengths()) + "]",
                    whole.apply(JSON.objectNode().set(key, JSON.arrayNode()))));
            all.addAll(of(
                    list.element(),
                    at + "." + key + ".member.1.member",
                    value -> whole.apply(
                            JSON.objectNode().set(key, JSON.arrayNode().add(value)))));
        } else {
            all.addAll(of(
                    map.value(),
                    at + "." + key + ".member",
                    value -> whole.apply(JSON.objectNode().set(key, value))));
        }
    }

    private static String within(Shape.Range lengths) {
        return "Member must have length less than or equal to " + lengths.most()
                + ", Member must have length greater than or equal to " + lengths.least();
    }

    private interface OfLength {
        JsonNode request(int length);
    }

    private static void lengths(Shape.Range lengths, String at, OfLength of, List<Broken> all) {
        if (lengths.least() != null && lengths.least() > 0) {
            all.add(new Broken(
                    at,
                    "Member must have length greater than or equal to " + lengths.least(),
                    of.request(lengths.least().intValue() - 1)));
        }
        if (lengths.most() != null) {
            all.add(new Broken(
                    at,
                    "Member must have length less than or equal to " + lengths.most(),
                    of.request(lengths.most().intValue() + 1)));
        }
    }

    private static ArrayNode listOf(Shape.ListOf list, int length) {
        ArrayNode elements = JSON.arrayNode();
        for (int i = 0; i < length; i++) {
            elements.add(sample(list.element()));
        }
        return elements;
    }

    private static ObjectNode mapOf(Shape.MapOf map, int length) {
        ObjectNode entries = JSON.objectNode();
        for (int i = 0; i < length; i++) {
            entries.set("entry-" + i, sample(map.value()));
        }
        return entries;
    }

    /** The least that breaks nothing. */
    private static JsonNode sample(Shape shape) {
        if (shape instanceof Shape.Structure structure) {
            ObjectNode members = JSON.objectNode();
            structure.members().stream()
                    .filter(Shape.Member::required)
                    .forEach(member -> members.set(member.name(), sample(member.shape())));
            return members;
        }
        if (shape instanceof Shape.ListOf list) {
            return listOf(list, 1);
        }
        if (shape instanceof Shape.MapOf map) {
            return JSON.objectNode().setAll(Map.of(sample(map.key()).textValue(), sample(map.value())));
        }
        if (shape instanceof Shape.Text text) {
            Long least = text.lengths().least();
            return JSON.textNode("a".repeat(least == null ? 3 : Math.max(3, least.intValue())));
        }
        if (shape instanceof Shape.Table) {
            return JSON.textNode("nowhere");
        }
        if (shape instanceof Shape.Enumerated enumerated) {
            return JSON.textNode(enumerated.values().get(0));
        }
        if (shape instanceof Shape.Number number) {
            Long least = number.values().least();
            return JSON.numberNode(least == null ? 1 : Math.max(1, least));
        }
        if (shape instanceof Shape.Flag) {
            return JSON.booleanNode(true);
        }
        if (shape instanceof Shape.Timestamp) {
            return JSON.numberNode(1);
        }
        return JSON.objectNode().put("S", "a");
    }
}
