package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of {@code expressions.txt}, which says how to add one. */
class ExpressionTableTest {
    private static final KeySchema SCHEMA =
            new KeySchema(new KeyAttribute("pk", ScalarType.S), new KeyAttribute("sk", ScalarType.N));
    private static final ObjectMapper JSON = new ObjectMapper();

    record Case(int line, String kind, String expression, ObjectNode placeholders, String outcome) {
        @Override
        public String toString() {
            return "expressions.txt:" + line + " " + kind + " | " + expression;
        }
    }

    static Stream<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        ObjectNode usual = JSON.createObjectNode();
        String[] lines = text().split("\n");
        for (int i = 0; i < lines.length; i++) {
            String[] columns = lines[i].split("\\|", -1);
            if (lines[i].isBlank() || lines[i].startsWith("#")) {
                continue;
            }
            if (columns[0].strip().equals("usual")) {
                usual = (ObjectNode) JSON.readTree(columns[1]);
                continue;
            }
            assertThat(columns).as("columns of expressions.txt:" + (i + 1)).hasSize(4);
            cases.add(new Case(
                    i + 1,
                    columns[0].strip(),
                    columns[1].strip(),
                    placeholders(columns[2], usual),
                    columns[3].strip()));
        }
        return cases.stream();
    }

    private static String text() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(ExpressionTableTest.class.getResourceAsStream("expressions.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static ObjectNode placeholders(String column, ObjectNode usual) throws IOException {
        String json = column.strip();
        if (json.equals("usual")) {
            return usual;
        }
        if (json.startsWith("+")) {
            return usual.deepCopy().setAll((ObjectNode) JSON.readTree(json.substring(1)));
        }
        return (ObjectNode) JSON.readTree(json);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatDynamoDbSays(Case tested) {
        switch (tested.kind()) {
            case "condition" -> {
                check(tested, ExpressionKind.CONDITION);
                check(tested, ExpressionKind.FILTER);
            }
            case "key" -> check(tested, ExpressionKind.KEY_CONDITION);
            case "projection" -> check(tested, ExpressionKind.PROJECTION);
            case "update" -> check(tested, ExpressionKind.UPDATE);
            default -> throw new AssertionError("kind of " + tested);
        }
    }

    private static void check(Case tested, ExpressionKind kind) {
        String outcome = "accepted";
        try {
            parse(kind, tested.expression(), placeholders(tested.placeholders()));
        } catch (ApiException refused) {
            assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION);
            outcome = Objects.requireNonNull(refused.getMessage());
        }
        assertThat(outcome).as(tested.toString()).isEqualTo(tested.outcome().replace("{kind}", kind.parameter()));
    }

    private static Object parse(ExpressionKind kind, String text, Placeholders placeholders) {
        return switch (kind) {
            case CONDITION, FILTER -> Condition.parse(kind, text, placeholders);
            case KEY_CONDITION ->
                KeyCondition.parse(text, placeholders)
                        .fit(List.of(SCHEMA.partition()), List.of(Objects.requireNonNull(SCHEMA.sort())));
            case PROJECTION -> Projection.parse(text, placeholders);
            case UPDATE -> {
                Update update = Update.parse(text, placeholders);
                update.requireNoKey(SCHEMA);
                yield update;
            }
        };
    }

    private static Placeholders placeholders(ObjectNode json) {
        Map<String, String> names = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (field.getKey().startsWith("#")) {
                names.put(field.getKey(), field.getValue().asText());
            } else {
                values.put(field.getKey(), value(field.getValue()));
            }
        }
        return new Placeholders(orAbsent(names), orAbsent(values));
    }

    private static <T> @Nullable Map<String, T> orAbsent(Map<String, T> map) {
        return map.isEmpty() ? null : map;
    }

    private static AttributeValue value(JsonNode json) {
        Map.Entry<String, JsonNode> only = json.properties().iterator().next();
        JsonNode content = only.getValue();
        return switch (only.getKey()) {
            case "S" -> new AttributeValue.S(content.asText());
            case "N" -> AttributeValue.N.of(content.asText());
            case "B" -> new AttributeValue.B(bytes(content));
            case "BOOL" -> new AttributeValue.Bool(content.asBoolean());
            case "NULL" -> new AttributeValue.Null();
            case "L" ->
                new AttributeValue.L(
                        elements(content).map(ExpressionTableTest::value).toList());
            case "M" -> {
                Map<String, AttributeValue> members = new HashMap<>();
                content.properties().forEach(member -> members.put(member.getKey(), value(member.getValue())));
                yield AttributeValue.M.of(members);
            }
            case "SS" ->
                AttributeValue.SS.of(elements(content).map(JsonNode::asText).toList());
            case "NS" ->
                AttributeValue.NS.of(elements(content)
                        .map(number -> new BigDecimal(number.asText()))
                        .toList());
            case "BS" ->
                AttributeValue.BS.of(
                        elements(content).map(ExpressionTableTest::bytes).toList());
            default -> throw new AssertionError("type of " + json);
        };
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return elements.stream();
    }

    private static Bytes bytes(JsonNode base64) {
        return Bytes.wrap(Base64.getDecoder().decode(base64.asText()));
    }
}
