package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.OperationsFixture.Answer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each line of {@code requests.txt}: a request, and the very words of the service. Add a line to add a test. */
class RequestsTest {
    private static final Pattern MACRO = Pattern.compile("\\{([^{}]*)\\*(\\d+)}|\\{(deep|keys) (\\d+)}");
    private static final String UNITS = ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":5}";
    private static final Map<String, String> TABLES = Map.of(
            "hash", attributes("pk S") + schema("pk"),
            "binary", attributes("pk B") + schema("pk"),
            "number", attributes("pk N") + schema("pk"),
            "sortnumber", attributes("pk S", "sk N") + schema("pk", "sk"),
            "composite",
                    attributes("pk S", "sk S", "ls S", "gk S") + schema("pk", "sk")
                            + ",\"LocalSecondaryIndexes\":[" + index("lsi1", "pk", "ls") + "]"
                            + ",\"GlobalSecondaryIndexes\":[" + index("gsi1", "gk") + "]",
            "provisioned", attributes("pk S") + schema("pk") + UNITS,
            "provisionedindex",
                    attributes("pk S", "gk S") + schema("pk") + UNITS + ",\"GlobalSecondaryIndexes\":["
                            + index("gsi1", "gk").replace("{\"IndexName", "{" + UNITS.substring(1) + ",\"IndexName")
                            + "]");

    @TempDir
    static Path folder;

    private static OperationsFixture region;

    @BeforeAll
    static void makeTables() throws Exception {
        region = new OperationsFixture(folder);
        TABLES.forEach((name, definition) -> {
            String billing = definition.contains("Provisioned") ? "PROVISIONED" : "PAY_PER_REQUEST";
            done(
                    "CreateTable",
                    "{\"TableName\":\"" + name + "\",\"BillingMode\":\"" + billing + "\"" + definition + "}");
        });
        for (String held : List.of("held", "held too")) {
            done("PutItem", "{\"TableName\":\"hash\",\"Item\":{\"pk\":{\"S\":\"" + held + "\"}}}");
        }
    }

    private static void done(String operation, String request) {
        Answer answer = region.ask(operation, request);
        assertThat(answer.isDone()).as(request + ": " + answer.message()).isTrue();
    }

    @AfterAll
    static void close() {
        region.close();
    }

    @TestFactory
    List<DynamicTest> eachRequestIsAnsweredInTheWordsOfTheService() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        try (InputStream lines = RequestsTest.class.getResourceAsStream("requests.txt")) {
            int number = 0;
            for (String line : new String(lines.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                number++;
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] columns = line.split(" \\|(?: |$)", -1);
                    assertThat(columns).as("line " + number).hasSize(4);
                    tests.add(DynamicTest.dynamicTest("line " + number + ": " + columns[0], () -> check(columns)));
                }
            }
        }
        return tests;
    }

    private static void check(String[] columns) {
        Answer answer = region.ask(columns[0], expand(columns[1]));
        assertThat(answer.isDone() ? "done" : answer.error())
                .as(answer.message())
                .isEqualTo(columns[2]);
        StringBuilder text = new StringBuilder(answer.message());
        answer.body().path("CancellationReasons").forEach(reason -> {
            if (reason.has("Message")) {
                text.append(" // ").append(reason.path("Message").asText());
            }
        });
        assertThat(text.toString()).isEqualTo(expand(columns[3]));
    }

    private static String expand(String text) {
        String named = text;
        for (String table : TABLES.keySet()) {
            named = named.replace("{" + table + "}", table);
        }
        return MACRO.matcher(named).replaceAll(macro -> Matcher.quoteReplacement(expand(macro)));
    }

    private static String expand(MatchResult macro) {
        if (macro.group(1) != null) {
            return macro.group(1).repeat(Integer.parseInt(macro.group(2)));
        }
        int count = Integer.parseInt(macro.group(4));
        return macro.group(3).equals("deep")
                ? "{\"M\":{\"n\":".repeat(count) + "{\"S\":\"leaf\"}" + "}}".repeat(count)
                : IntStream.range(0, count)
                        .mapToObj(i -> "{\"pk\":{\"S\":\"" + i + "\"}}")
                        .collect(Collectors.joining(","));
    }

    private static String attributes(String... definitions) {
        return ",\"AttributeDefinitions\":["
                + Arrays.stream(definitions)
                        .map(definition -> definition.split(" "))
                        .map(words -> "{\"AttributeName\":\"" + words[0] + "\",\"AttributeType\":\"" + words[1] + "\"}")
                        .collect(Collectors.joining(","))
                + "]";
    }

    private static String schema(String... keys) {
        return ",\"KeySchema\":["
                + IntStream.range(0, keys.length)
                        .mapToObj(i -> "{\"AttributeName\":\"" + keys[i] + "\",\"KeyType\":\""
                                + (i == 0 ? "HASH" : "RANGE") + "\"}")
                        .collect(Collectors.joining(","))
                + "]";
    }

    private static String index(String name, String... keys) {
        return "{\"IndexName\":\"" + name + "\"" + schema(keys) + ",\"Projection\":{\"ProjectionType\":\"ALL\"}}";
    }
}
