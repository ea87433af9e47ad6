package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionTest {
    private static final AttributeValue ONE = AttributeValue.N.of(1);
    private static final AttributeValue TEXT = new AttributeValue.S("hé");
    private static final AttributeValue BINARY = new AttributeValue.B(Bytes.wrap(new byte[] {1, -1}));

    private static final Map<String, AttributeValue> VALUES = Map.of(
            ":one",
            ONE,
            ":ten",
            AttributeValue.N.of("1e1"),
            ":s",
            TEXT,
            ":h",
            new AttributeValue.S("h"),
            ":z",
            new AttributeValue.S("z"),
            ":b",
            BINARY,
            ":typeM",
            new AttributeValue.S("M"),
            ":three",
            AttributeValue.N.of(3),
            ":bmp",
            new AttributeValue.S("\uFFFD"));

    private static final Item ITEM = Item.of(Map.of(
            "n",
            AttributeValue.N.of("5.0"),
            "s",
            TEXT,
            "b",
            BINARY,
            "l",
            new AttributeValue.L(List.of(ONE, TEXT, new AttributeValue.L(List.of()))),
            "m",
            AttributeValue.M.of(Map.of("x", ONE)),
            "ss",
            AttributeValue.SS.of(List.of("h", "i")),
            "ns",
            AttributeValue.NS.of(List.of(BigDecimal.ONE)),
            "nul",
            new AttributeValue.Null(),
            "smile",
            new AttributeValue.S("😀")));

    private static boolean test(String text) {
        return Condition.parse(ExpressionKind.CONDITION, text, new Placeholders(null, VALUES))
                .test(ITEM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n > :one AND n < :ten",
                "n BETWEEN :one AND :ten",
                "s between :h and :z",
                "n IN (:s, :one) OR m.x in (:one)",
                "NOT n = :one AND NOT (n = :ten)",
                "n = :one OR s = :s AND b = :b",
                "n <> :s",
                "q <> :s",
                "NOT q = :s",
                "attribute_exists(m.x) and attribute_not_exists(m.y)",
                "attribute_exists(nul)",
                "attribute_type(m, :typeM)",
                "begins_with(s, :h)",
                "begins_with(b, :b)",
                "contains(s, :h)",
                "contains(ss, :h)",
                "contains(ns, :one)",
                "contains(l, :one) AND contains(l, :s)",
                "contains(b, :b)",
                "size(s) > :one AND size(s) < :three",
                "size(smile) > :one AND size(smile) < :three",
                "size(l) = :three AND size(m) = size(ns)",
                "((n) = (:one)) OR (m).x = :one",
                "l[0] = m.x",
                "smile > :bmp",
                ":one = :one"
            })
    void holds(String text) {
        assertThat(test(text)).as(text).isTrue();
        assertThat(test("NOT (" + text + ")")).as("NOT " + text).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n > :s",
                "q = q2",
                "q < :one",
                "q BETWEEN :one AND :ten",
                "q IN (:one)",
                "begins_with(n, :h)",
                "contains(m, :s)",
                "contains(l, :ten)",
                "size(n) > :one",
                "size(q) <= :one",
                "l[9] = :one",
                "s.x = :one"
            })
    void doesNotHold(String text) {
        assertThat(test(text)).as(text).isFalse();
    }

    @Test
    void withoutItemAllIsMissing() {
        Condition condition =
                Condition.parse(ExpressionKind.CONDITION, "attribute_not_exists(a)", new Placeholders(null, null));
        assertThat(condition.test(null)).isTrue();
        assertThat(condition.test(Item.of(Map.of("a", ONE)))).isFalse();
    }

    @Test
    void namesItsAttributes() {
        assertThat(Condition.parse(
                                ExpressionKind.FILTER,
                                "z.y = :one AND (NOT size(b[1]) > a OR c IN (d) OR e BETWEEN f AND g)"
                                        + " AND attribute_exists(z)",
                                new Placeholders(null, VALUES))
                        .topLevelAttributes())
                .containsExactly("z", "b", "a", "c", "d", "e", "f", "g");
    }
}
