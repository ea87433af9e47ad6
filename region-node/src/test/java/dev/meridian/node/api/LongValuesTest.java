package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.meridian.model.Excerpt;
import dev.meridian.node.api.OperationsFixture.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No error shows more than a few hundred bytes of what was sent, wherever in the request that is. */
class LongValuesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Three bytes each, in no message else. */
    private static final String LETTER = "ᚠ";

    private static final String LONG = LETTER.repeat(4_000);

    /** Together: a message that is longer than this shows less. */
    private static final int LETTERS_MAX = Excerpt.MESSAGE_BYTES_MAX / 3;

    /** Of up to ten broken constraints, each with a value. */
    private static final int MESSAGE_MAX = 8_000;

    private static final String[] STATEMENTS = {
        "SELECT a.b[0], \"c\" FROM \"hash\".\"i\" WHERE pk = 'a' AND size(d) > 1.5 OR e IN ['x', ?] ORDER BY f",
        "INSERT INTO hash VALUE {'pk': 'a', 'l': [1, -2.5e3], 's': <<'a', 'b'>>}",
        "UPDATE hash SET a = 1, b.c = list_append(l, [1]) REMOVE x[0] WHERE pk = 'a' RETURNING ALL NEW *",
        "DELETE FROM hash WHERE pk = 'a' AND contains(b, 'x')",
    };

    @TempDir
    static Path folder;

    private static OperationsFixture region;

    @BeforeAll
    static void makeTable() throws Exception {
        region = new OperationsFixture(folder);
        assertThat(region.ask(
                                "CreateTable",
                                "{\"TableName\":\"hash\",\"BillingMode\":\"PAY_PER_REQUEST\","
                                        + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
                                        + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]}")
                        .isDone())
                .isTrue();
    }

    @AfterAll
    static void close() {
        region.close();
    }

    /** Each text and each name in each request of {@code requests.txt} becomes long, one after the other. */
    @Test
    void noRequestIsEchoed() throws Exception {
        int refused = 0;
        for (String line : requests()) {
            String[] columns = line.split(" \\|(?: |$)", -1);
            JsonNode request;
            try {
                request = JSON.readTree(columns[1].replace("{hash}", "hash"));
            } catch (IOException notJson) {
                continue;
            }
            List<String> variants = new ArrayList<>();
            lengthen(request, () -> variants.add(request.toString()));
            for (String variant : variants) {
                refused += check(columns[0], variant);
            }
        }
        assertThat(refused).as("requests that are refused").isGreaterThan(1_000);
    }

    @Test
    void noStatementIsEchoed() {
        for (String statement : STATEMENTS) {
            for (int at = 0; at <= statement.length(); at++) {
                String longer = statement.substring(0, at) + LETTER.repeat(2_000) + statement.substring(at);
                ObjectNode request = JSON.createObjectNode().put("Statement", longer);
                check("ExecuteStatement", request.toString());
                ObjectNode batch = JSON.createObjectNode();
                batch.putArray("Statements").add(request);
                check("BatchExecuteStatement", batch.toString());
            }
        }
    }

    @Test
    void noNumberAndNoCollectionIsEchoed() {
        for (String value : List.of(
                "{\"N\":\"" + "9".repeat(5_000) + "\"}",
                "{\"N\":\"" + LONG + "\"}",
                "{\"NS\":[\"" + LONG + "\"]}",
                "{\"SS\":[\"" + LONG + "\",\"" + LONG + "\"]}",
                "{\"B\":\"" + LONG + "\"}",
                "{\"" + LONG + "\":\"a\"}")) {
            check("PutItem", "{\"TableName\":\"hash\",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":" + value + "}}");
            check("PutItem", "{\"TableName\":\"hash\",\"Item\":{\"pk\":" + value + "}}");
            String answer = message(region.ask(
                    "PutItem", "{\"TableName\":\"hash\",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":" + value + "}}"));
            assertThat(answer.length()).isLessThan(1_000);
        }
        check("PutItem", LONG);
        check("PutItem", "{\"" + LONG);
        check("PutItem", "{\"TableName\":" + "9".repeat(900) + "}");
    }

    private static List<String> requests() throws IOException {
        try (InputStream lines = LongValuesTest.class.getResourceAsStream("requests.txt")) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    /** Makes one text or name of the tree long at a time, and then what it was. */
    private static void lengthen(JsonNode node, Runnable made) {
        if (node instanceof ObjectNode object) {
            for (String name : names(object)) {
                JsonNode value = object.get(name);
                texts(value, longer -> object.set(name, longer), made);
                object.set(name, value);
                lengthen(value, made);
                JsonNode moved = object.remove(name);
                object.set(name + LONG, moved);
                made.run();
                object.remove(name + LONG);
                object.set(name, moved);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int index = i;
                JsonNode value = array.get(i);
                texts(value, longer -> array.set(index, longer), made);
                array.set(i, value);
                lengthen(value, made);
            }
        }
    }

    private static void texts(JsonNode value, Consumer<TextNode> set, Runnable made) {
        if (value.isTextual()) {
            String text = value.textValue();
            for (String longer : List.of(
                    LONG,
                    text + LONG,
                    text.substring(0, text.length() / 2) + LONG + text.substring(text.length() / 2),
                    "arn:aws:dynamodb:" + LONG)) {
                set.accept(new TextNode(longer));
                made.run();
            }
        }
    }

    private static List<String> names(ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** @return 1 if the request was refused */
    private static int check(String operation, String request) {
        Answer answer = region.ask(operation, request);
        String message = message(answer);
        String shown = operation + " " + request.replace(LONG, "…LONG…");
        assertThat(message.length()).as(shown).isLessThan(MESSAGE_MAX);
        for (int at = message.indexOf(LETTER); at >= 0; at = message.indexOf(LETTER, at)) {
            int end = at;
            while (end < message.length() && message.startsWith(LETTER, end)) {
                end++;
            }
            assertThat(end - at).as(shown + " -> " + message).isLessThanOrEqualTo(LETTERS_MAX);
            at = end;
        }
        return answer.isDone() ? 0 : 1;
    }

    /** All texts of errors in an answer, also of an answer that is done in part. */
    private static String message(Answer answer) {
        StringBuilder all = new StringBuilder();
        collect(answer.body(), all);
        return all.toString();
    }

    private static void collect(JsonNode node, StringBuilder all) {
        for (Iterator<Map.Entry<String, JsonNode>> fields = node.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> field = fields.next();
            if (field.getKey().equalsIgnoreCase("message")) {
                all.append(field.getValue().asText()).append('\n');
            }
        }
        node.forEach(below -> collect(below, all));
    }
}
