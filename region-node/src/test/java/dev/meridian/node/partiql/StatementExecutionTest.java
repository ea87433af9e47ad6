package dev.meridian.node.partiql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Property;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.OperationsFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of {@code executions.txt}, which says how to add one, over a real store; pages; and a fuzz. */
class StatementExecutionTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern MANY = Pattern.compile("\\{(\\d+)}");

    @TempDir
    static Path folder;

    private static OperationsFixture region;

    @BeforeAll
    static void start() throws Exception {
        region = new OperationsFixture(folder);
        createTables("strings", "numbers", "pairs");
        createTables("fuzzA", "fuzzB", "fuzzC");
        createTable("pages", "pk:S sk:N", "pk/HASH sk/RANGE", "");
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static void createTables(String strings, String numbers, String pairs) throws Exception {
        createTable(strings, "pk:S", "pk/HASH", "");
        createTable(numbers, "pk:N", "pk/HASH", "");
        createTable(
                pairs,
                "pk:S sk:S g:S h1:S h2:S l:S",
                "pk/HASH sk/RANGE",
                ",\"GlobalSecondaryIndexes\":[{\"IndexName\":\"gsi\",\"KeySchema\":" + keys("g/HASH")
                        + ",\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"shown\"]}},"
                        + "{\"IndexName\":\"wide\",\"KeySchema\":" + keys("h1/HASH h2/HASH")
                        + ",\"Projection\":{\"ProjectionType\":\"ALL\"}}],"
                        + "\"LocalSecondaryIndexes\":[{\"IndexName\":\"lsi\",\"KeySchema\":" + keys("pk/HASH l/RANGE")
                        + ",\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}]");
    }

    private static void createTable(String name, String attributes, String keys, String indexes) throws Exception {
        String definitions = Stream.of(attributes.split(" "))
                .map(each -> each.split(":"))
                .map(each -> "{\"AttributeName\":\"" + each[0] + "\",\"AttributeType\":\"" + each[1] + "\"}")
                .collect(Collectors.joining(","));
        execute(
                "CreateTable",
                "{\"TableName\":\"" + name + "\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["
                        + definitions + "],\"KeySchema\":" + keys(keys) + indexes + "}");
    }

    private static String keys(String keys) {
        return Stream.of(keys.split(" "))
                .map(each -> each.split("/"))
                .map(each -> "{\"AttributeName\":\"" + each[0] + "\",\"KeyType\":\"" + each[1] + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** @throws ApiException if the request is refused; anything else is a bug */
    private static JsonNode execute(String operation, String request) throws IOException {
        try {
            return JSON.readTree(region.operations()
                    .execute(operation, request.getBytes(StandardCharsets.UTF_8))
                    .toCompletableFuture()
                    .join()
                    .json());
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof ApiException refused) {
                throw refused;
            }
            throw failed;
        }
    }

    private static JsonNode statement(String statement, String parameters) throws IOException {
        ObjectNode request = JSON.createObjectNode().put("Statement", statement);
        if (!parameters.isEmpty()) {
            request.set("Parameters", JSON.readTree("[" + parameters + "]"));
        }
        return execute("ExecuteStatement", request.toString());
    }

    record Case(int line, String statement, String parameters, String answer) {
        @Override
        public String toString() {
            return "executions.txt:" + line + " " + statement;
        }
    }

    static Stream<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        String[] lines = text().split("\n");
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].isBlank() || lines[i].startsWith("#")) {
                continue;
            }
            String[] columns = lines[i].split(" \\|(?= |$)");
            assertThat(columns).as("columns of executions.txt:" + (i + 1)).hasSize(3);
            cases.add(new Case(
                    i + 1,
                    MANY.matcher(columns[0].replace("\\n", "\n")).replaceAll(StatementExecutionTest::many),
                    columns[1].strip(),
                    columns[2].strip()));
        }
        return cases.stream();
    }

    /** So many different strings. */
    private static String many(MatchResult count) {
        return IntStream.range(0, Integer.parseInt(count.group(1)))
                .mapToObj(i -> "'v" + i + "'")
                .collect(Collectors.joining(","));
    }

    private static String text() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(StatementExecutionTest.class.getResourceAsStream("executions.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAsDynamoDbDoes(Case tested) throws IOException {
        String[] operation = tested.statement().split(" ", 2);
        try {
            JsonNode answer = operation[1].startsWith("{")
                    ? execute(operation[0], operation[1])
                    : statement(tested.statement(), tested.parameters());
            assertThat(tested.answer()).as(tested + " answers " + answer).startsWith("{");
            requirePart(JSON.readTree(tested.answer()), answer, tested + " answers " + answer);
        } catch (ApiException refused) {
            requireError(tested, refused);
        }
    }

    private static void requireError(Case tested, ApiException refused) throws IOException {
        String outcome = refused.code().wireType().replaceFirst(".*#", "") + ": " + refused.getMessage();
        if (tested.answer().startsWith("CC")) {
            assertThat(outcome)
                    .as(tested.toString())
                    .isEqualTo("ConditionalCheckFailedException: The conditional request failed");
            String details = tested.answer().substring(2).strip();
            requirePart(JSON.readTree(details.isEmpty() ? "{}" : details), body(refused), tested.toString());
            return;
        }
        String expected = tested.answer()
                .replaceFirst("^VE: ", "ValidationException: ")
                .replace(": ...", ": Statement wasn't well formed, can't be processed: ");
        assertThat(outcome.strip()).as(tested.toString()).isEqualTo(expected);
    }

    private static JsonNode body(ApiException refused) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            refused.writeTo(out);
            out.writeEndObject();
        }
        return JSON.readTree(bytes.toByteArray());
    }

    /** A number stands for an array of that length; members of an object that are not named may be anything. */
    private static void requirePart(JsonNode expected, JsonNode actual, String message) {
        if (expected.isObject()) {
            expected.properties()
                    .forEach(member -> requirePart(
                            member.getValue(), actual.path(member.getKey()), message + " at " + member.getKey()));
        } else if (expected.isArray()) {
            assertThat(actual.size()).as(message).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                requirePart(expected.get(i), actual.path(i), message + " at " + i);
                boolean isItem = !expected.get(i).isEmpty() && expected.get(i).isObject();
                assertThat(isItem && actual.path(i).isEmpty()).as(message).isFalse();
            }
        } else if (expected.isNumber() && actual.isArray()) {
            assertThat(actual.size()).as(message).isEqualTo(expected.intValue());
        } else {
            assertThat(actual).as(message).isEqualTo(expected);
        }
    }

    @Test
    void valuesMayBeNestedAsDeepAsItemsMay() throws IOException {
        statement("INSERT INTO strings VALUE {'pk': 'deep', 'd': " + nested("{'a':", 31, "}") + "}", "");
        String tooDeep = "Nesting Levels have exceeded supported limits";
        assertThat(refusal("UPDATE strings SET d = " + nested("{'a':", 32, "}") + " WHERE pk = 'deep'", ""))
                .isEqualTo(tooDeep + " under root" + ".a".repeat(32));
        assertThat(refusal("UPDATE strings SET d = {'a':" + nested("[", 31, "]") + "} WHERE pk = 'deep'", ""))
                .isEqualTo(tooDeep + " under root.a" + "[0]".repeat(31));
        String parameter = "{\"M\":{\"n\":".repeat(40) + "{\"N\":\"abc\"}" + "}}".repeat(40);
        assertThat(refusal("SELECT * FROM strings WHERE pk = 'a' AND x = ?", parameter))
                .isEqualTo(tooDeep + ": Attributes in the item have nested levels beyond supported limit");
    }

    private static String nested(String open, int levels, String close) {
        return open.repeat(levels) + "1" + close.repeat(levels);
    }

    private static String refusal(String statement, String parameters) throws IOException {
        try {
            statement(statement, parameters);
            return "";
        } catch (ApiException refused) {
            return refused.getMessage();
        }
    }

    @Test
    void pagesFollowEachOtherThroughAllReadsOfAStatement() throws IOException {
        for (int i = 0; i < 10; i++) {
            statement("INSERT INTO pages VALUE {'pk': ?, 'sk': " + i + "}", "{\"S\":\"p" + i % 2 + "\"}");
        }
        for (String where : List.of(
                "",
                " WHERE pk IN ['p0', 'p1']",
                " WHERE pk IN ['p1', 'p0'] ORDER BY pk DESC, sk DESC",
                " WHERE sk >= 0")) {
            for (int limit = 1; limit < 12; limit++) {
                String statement = "SELECT sk FROM pages" + where;
                List<Integer> all = numbers(statement(statement, ""));
                assertThat(all).as(statement).hasSize(10);
                assertThat(paged(statement, limit))
                        .as(statement + " by " + limit)
                        .isEqualTo(all);
            }
        }
        assertThat(numbers(statement("SELECT sk FROM pages WHERE pk IN ['p1', 'p0'] ORDER BY pk DESC, sk DESC", "")))
                .containsExactly(9, 7, 5, 3, 1, 8, 6, 4, 2, 0);
    }

    private static List<Integer> paged(String statement, int limit) throws IOException {
        List<Integer> found = new ArrayList<>();
        ObjectNode request = JSON.createObjectNode().put("Statement", statement).put("Limit", limit);
        while (true) {
            JsonNode page = execute("ExecuteStatement", request.toString());
            assertThat(page.path("Items").size()).isLessThanOrEqualTo(limit);
            found.addAll(numbers(page));
            assertThat(page.has("LastEvaluatedKey")).isEqualTo(page.has("NextToken"));
            if (!page.has("NextToken")) {
                return found;
            }
            request.set("NextToken", page.path("NextToken"));
        }
    }

    private static List<Integer> numbers(JsonNode page) {
        List<Integer> numbers = new ArrayList<>();
        ((ArrayNode) page.path("Items"))
                .forEach(item -> numbers.add(item.path("sk").path("N").asInt()));
        return numbers;
    }

    @Test
    void aTokenIsOfUseForItsOwnStatementOnly() throws IOException {
        statement("INSERT INTO pages VALUE {'pk': 'token', 'sk': 1}", "");
        ObjectNode request = JSON.createObjectNode()
                .put("Statement", "SELECT * FROM pages WHERE pk = 'token'")
                .put("Limit", 1);
        String token = execute("ExecuteStatement", request.toString())
                .path("NextToken")
                .asText();
        ObjectNode other = request.deepCopy()
                .put("Statement", "SELECT * FROM pages WHERE pk = 'tokem'")
                .put("NextToken", token);
        assertThat(refusal(other)).isEqualTo("NextToken does not match request");
        Property.holds(2_000, random -> {
            StringBuilder mutated = new StringBuilder(token);
            mutated.setCharAt(random.nextInt(token.length()), (char) ('A' + random.nextInt(26)));
            mutated.setLength(random.nextInt(1, token.length() + 1));
            refusal(request.deepCopy().put("NextToken", mutated.toString()));
        });
        statement("DELETE FROM pages WHERE pk = 'token' AND sk = 1", "");
    }

    /** Empty if it is done. */
    private static String refusal(ObjectNode request) throws IOException {
        try {
            execute("ExecuteStatement", request.toString());
            return "";
        } catch (ApiException refused) {
            assertThat(refused.code().httpStatus()).isEqualTo(400);
            return refused.getMessage();
        }
    }

    @Test
    void mutatedStatementsAreExecutedOrRefused() throws IOException {
        List<Case> seeds =
                cases().filter(each -> !each.statement().contains(" {\"")).toList();
        String letters = "'\"()[]{}<>=,.;:?*+-/ 0e9aN";
        Property.holds(4_000, random -> {
            Case seed = seeds.get(random.nextInt(seeds.size()));
            StringBuilder text = new StringBuilder(seed.statement()
                    .replace("strings", "fuzzA")
                    .replace("numbers", "fuzzB")
                    .replace("pairs", "fuzzC"));
            for (int i = random.nextInt(1, 4); i > 0 && !text.isEmpty(); i--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(4)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, letters.charAt(random.nextInt(letters.length())));
                    case 2 -> text.setCharAt(at, letters.charAt(random.nextInt(letters.length())));
                    default -> text.setLength(at + 1);
                }
            }
            try {
                statement(text.toString(), seed.parameters());
            } catch (ApiException refused) {
                assertThat(refused.code().httpStatus()).as(text.toString()).isEqualTo(400);
            }
        });
    }
}
