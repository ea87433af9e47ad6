package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.expression.KeyCondition.SortCondition;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyConditionTest {
    private static final AttributeValue P = new AttributeValue.S("p");
    private static final AttributeValue A = new AttributeValue.S("a");
    private static final AttributeValue B = new AttributeValue.S("b");
    private static final KeySchema SCHEMA =
            new KeySchema(new KeyAttribute("pk", ScalarType.S), new KeyAttribute("sk", ScalarType.S));

    private static KeyCondition parse(String text) {
        return KeyCondition.parse(text, new Placeholders(null, Map.of(":p", P, ":a", A, ":b", B)), SCHEMA);
    }

    @Test
    void partitionAlone() {
        assertThat(parse("pk = :p").partition()).isEqualTo(P);
        assertThat(parse("(:p = pk)").sort()).isNull();
    }

    @Test
    void keyOfOneAttributeTakesOneCondition() {
        KeySchema single = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
        assertThatThrownBy(() -> KeyCondition.parse(
                        "pk = :p AND sk = :a", new Placeholders(null, Map.of(":p", P, ":a", A)), single))
                .hasMessage("Query key condition not supported");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sk = :a | EQ",
                "sk < :a | LT",
                "sk <= :a | LE",
                "sk > :a | GT",
                "sk >= :a | GE",
                ":a < sk | GT",
                ":a >= sk | LE",
                "begins_with(sk, :a) | BEGINS_WITH",
                "sk BETWEEN :a AND :b | BETWEEN"
            })
    void sortKey(String text, Comparator comparator) {
        @Nullable AttributeValue second = comparator == Comparator.BETWEEN ? B : null;
        for (String both : new String[] {"pk = :p AND " + text, "(" + text + ") and (pk = :p)"}) {
            KeyCondition condition = parse(both);
            assertThat(condition.partition()).isEqualTo(P);
            assertThat(condition.sort()).isEqualTo(new SortCondition(comparator, A, second));
        }
    }
}
