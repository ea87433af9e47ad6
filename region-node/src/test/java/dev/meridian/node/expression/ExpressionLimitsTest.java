package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.api.ApiException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How large an expression may be. */
class ExpressionLimitsTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);

    private static Placeholders placeholders() {
        return new Placeholders(null, Map.of(":s", new AttributeValue.S("s"), ":n", AttributeValue.N.of(1)));
    }

    private static String outcome(Runnable parse) {
        try {
            parse.run();
        } catch (ApiException refused) {
            return String.valueOf(refused.getMessage());
        }
        return "accepted";
    }

    private static String condition(String text) {
        return outcome(() -> Condition.parse(ExpressionKind.CONDITION, text, placeholders()));
    }

    private static String update(String text) {
        return outcome(() -> Update.parse(text, placeholders()));
    }

    @Test
    void lengthInBytes() {
        assertThat(condition("")).isEqualTo("Invalid ConditionExpression: The expression can not be empty;");
        assertThat(condition(" ".repeat(4090) + "a = :s")).isEqualTo("accepted");
        assertThat(condition(" ".repeat(4091) + "a = :s"))
                .isEqualTo("Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;"
                        + " expression size: 4097");
        assertThat(condition("é".repeat(2049))).endsWith("expression size: 4098");
        assertThat(condition("(".repeat(15000))).contains("expression size: 15000");
    }

    /** Comparators, AND, OR, NOT and functions count; parentheses do not. */
    @Test
    void operators() {
        assertThat(condition("a<b " + "or (a<b ".repeat(149) + ")".repeat(149))).isEqualTo("accepted");
        assertThat(condition("a<b" + " or a<b".repeat(150)))
                .isEqualTo(
                        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301");
        assertThat(update("SET a = :n + :n" + update(0, 299))).isEqualTo("accepted");
        assertThat(update("SET a = :n + :n" + update(0, 300))).endsWith("operator count: 301");
    }

    private static String update(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(",a").append(i).append("=b+:n");
        }
        return text.toString();
    }

    @Test
    void assignmentsAreNoOperators() {
        StringBuilder text = new StringBuilder("SET a=:s");
        for (int i = 0; i < 400; i++) {
            text.append(",a").append(i).append("=:s");
        }
        assertThat(update(text.toString())).isEqualTo("accepted");
    }

    @Test
    void operandsOfIn() {
        assertThat(condition("a IN (:s" + ", :s".repeat(99) + ")")).isEqualTo("accepted");
        assertThat(condition("a IN (:s" + ", :s".repeat(100) + ")"))
                .isEqualTo("Invalid ConditionExpression: The IN operator is provided with too many operands;"
                        + " number of operands: 101");
    }

    @Test
    void elementsOfPaths() {
        assertThat(condition("a" + "[0]".repeat(31) + " = :s")).isEqualTo("accepted");
        assertThat(condition("a" + ".b".repeat(32) + " = :s"))
                .isEqualTo("Invalid ConditionExpression: The document path has too many nesting levels;"
                        + " nesting levels: 33");
    }

    @Test
    void nesting() {
        for (String open : List.of("(", "NOT ", "size(", "NOT(", "(a=b OR ")) {
            assertThat(condition(open.repeat(4000 / open.length()) + "a=:s"))
                    .as(open)
                    .isEqualTo("Invalid ConditionExpression: The expression is nested too deeply");
        }
        for (String open : List.of("(", "if_not_exists(a,")) {
            assertThat(update("SET a = " + open.repeat(4000 / open.length()))).startsWith("Invalid UpdateExpression: ");
        }
    }

    @Test
    void manyPathsAreComparedInTime() {
        StringBuilder text = new StringBuilder("REMOVE q");
        while (text.length() < 4085) {
            text.append(",q").append(Integer.toString(text.length(), 36));
        }
        assertThat(update(text.toString())).isEqualTo("accepted");
    }
}
