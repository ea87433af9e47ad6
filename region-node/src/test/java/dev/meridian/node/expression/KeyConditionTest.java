package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.ScalarType;
import dev.meridian.node.store.SortCondition;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyConditionTest {
    private static final AttributeValue P = new AttributeValue.S("p");
    private static final AttributeValue A = new AttributeValue.S("a");
    private static final AttributeValue B = new AttributeValue.S("b");
    private static final List<KeyAttribute> PARTITION = List.of(new KeyAttribute("pk", ScalarType.S));
    private static final List<KeyAttribute> SORT = List.of(new KeyAttribute("sk", ScalarType.S));

    private static KeyCondition.Fitted fit(String text, List<KeyAttribute> partition, List<KeyAttribute> sort) {
        return KeyCondition.parse(text, new Placeholders(null, Map.of(":p", P, ":a", A, ":b", B)))
                .fit(partition, sort);
    }

    private static KeyCondition.Fitted fit(String text) {
        return fit(text, PARTITION, SORT);
    }

    @Test
    void partitionAlone() {
        assertThat(fit("pk = :p").partition()).containsExactly(P);
        assertThat(fit("(:p = pk)").condition()).isNull();
    }

    @Test
    void noMoreConditionsThanKeyAttributes() {
        assertThatThrownBy(() -> fit("pk = :p AND sk = :a", PARTITION, List.of()))
                .hasMessage("The number of query conditions (2) exceeds the number of key attributes defined in the"
                        + " schema (1)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sk < :a | LT",
                "sk <= :a | LE",
                "sk > :a | GT",
                "sk >= :a | GE",
                ":a < sk | GT",
                ":a >= sk | LE",
                "begins_with(sk, :a) | BEGINS_WITH",
                "sk BETWEEN :a AND :b | BETWEEN"
            })
    void sortKey(String text, SortCondition.Operator operator) {
        @Nullable AttributeValue second = operator == SortCondition.Operator.BETWEEN ? B : null;
        for (String both : new String[] {"pk = :p AND " + text, "(" + text + ") and (pk = :p)"}) {
            KeyCondition.Fitted condition = fit(both);
            assertThat(condition.partition()).containsExactly(P);
            assertThat(condition.condition()).isEqualTo(new SortCondition(operator, A, second));
        }
    }

    @Test
    void equalSortKeyIsNoRange() {
        assertThat(fit("pk = :p AND sk = :a").equal()).containsExactly(A);
        assertThat(fit("pk = :p AND sk = :a").condition()).isNull();
    }

    private static List<KeyAttribute> attributes(String... names) {
        return Stream.of(names)
                .map(name -> new KeyAttribute(name, ScalarType.S))
                .toList();
    }

    @Test
    void severalAttributesInAnyOrderOfClauses() {
        KeyCondition.Fitted fitted = fit(
                "c < :b AND q = :a AND a = :a AND pk = :p AND b = :b",
                attributes("pk", "q"),
                attributes("a", "b", "c", "d"));
        assertThat(fitted.partition()).containsExactly(P, A);
        assertThat(fitted.equal()).containsExactly(A, B);
        assertThat(fitted.condition()).isEqualTo(SortCondition.of(SortCondition.Operator.LT, B));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pk = :p AND a = :a AND c = :a | b | c",
                "pk = :p AND a = :a AND b > :a AND c = :a | b | c",
                "pk = :p AND c = :a | a, b | c"
            })
    void noGapBetweenSortAttributes(String text, String open, String last) {
        assertThatThrownBy(() -> fit(text, PARTITION, attributes("a", "b", "c")))
                .hasMessage("RANGE key attributes " + open + " must have equality conditions specified in the query"
                        + " because a condition is present on key attribute " + last);
    }
}
