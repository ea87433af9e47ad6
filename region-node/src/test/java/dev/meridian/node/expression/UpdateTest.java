package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.api.ApiException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpdateTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final AttributeValue KEY = s("k");

    private static final Item ITEM = Item.of(Map.of(
            "pk", KEY,
            "n", n(5),
            "much", AttributeValue.N.of("9E125"),
            "small", AttributeValue.N.of("15E-131"),
            "s", s("text"),
            "l", l(n(0), n(1), n(2)),
            "m", m(Map.of("x", n(1), "y", m(Map.of("z", n(2))), "l", l(s("a"), s("b")))),
            "ss", AttributeValue.SS.of(List.of("a", "b")),
            "ns", AttributeValue.NS.of(List.of(BigDecimal.ONE, BigDecimal.TEN))));

    private static final Map<String, AttributeValue> VALUES = Map.of(
            ":1", n(1),
            ":2", n(2),
            ":big", AttributeValue.N.of("9E125"),
            ":least", AttributeValue.N.of("1E-130"),
            ":s", s("new"),
            ":l", l(n(7), n(8)),
            ":ss", AttributeValue.SS.of(List.of("b", "c")),
            ":ab", AttributeValue.SS.of(List.of("a", "b")),
            ":ns", AttributeValue.NS.of(List.of(BigDecimal.TEN)));

    private static Update parse(String text) {
        Update update = Update.parse(text, new Placeholders(null, VALUES));
        update.requireNoKey(SCHEMA);
        return update;
    }

    private static Update.Result update(String text, Item item) {
        return parse(text).apply(item);
    }

    private static AttributeValue at(String attribute, String text) {
        return Objects.requireNonNull(update(text, ITEM).item().get(attribute));
    }

    @Test
    void setTakesValuesFromBefore() {
        Item swapped = update("SET n = s, s = n, fresh = n - :2, twice = (n + n)", ITEM)
                .item();
        assertThat(swapped.get("n")).isEqualTo(s("text"));
        assertThat(swapped.get("s")).isEqualTo(n(5));
        assertThat(swapped.get("fresh")).isEqualTo(n(3));
        assertThat(swapped.get("twice")).isEqualTo(n(10));
        assertThat(ITEM.get("n")).isEqualTo(n(5));
    }

    @Test
    void functionsOfSet() {
        assertThat(at("n", "SET n = if_not_exists(n, :1) + :1")).isEqualTo(n(6));
        assertThat(at("q", "SET q = if_not_exists(q, :1) + :1")).isEqualTo(n(2));
        assertThat(at("q", "SET q = if_not_exists(q, if_not_exists(m.q, m.x))")).isEqualTo(n(1));
        assertThat(at("l", "SET l = list_append(:l, l)")).isEqualTo(l(n(7), n(8), n(0), n(1), n(2)));
        assertThat(at("q", "SET q = list_append(if_not_exists(q, :l), :l)")).isEqualTo(l(n(7), n(8), n(7), n(8)));
    }

    @Test
    void listsAreEditedByTheIndexesFromBefore() {
        assertThat(at("l", "SET l[1] = :s")).isEqualTo(l(n(0), s("new"), n(2)));
        assertThat(at("l", "SET l[99] = :s, l[50] = :1")).isEqualTo(l(n(0), n(1), n(2), n(1), s("new")));
        assertThat(at("l", "REMOVE l[0], l[1]")).isEqualTo(l(n(2)));
        assertThat(at("l", "REMOVE l[0] SET l[2] = :s, l[3] = :1")).isEqualTo(l(n(1), s("new"), n(1)));
        assertThat(at("l", "REMOVE l[9]")).isEqualTo(ITEM.get("l"));
        assertThat(at("m", "REMOVE m.l[0], m.y.z SET m.x = :s"))
                .isEqualTo(m(Map.of("x", s("new"), "y", m(Map.of()), "l", l(s("b")))));
    }

    @Test
    void addAndDelete() {
        assertThat(at("n", "ADD n :2")).isEqualTo(n(7));
        assertThat(at("q", "ADD q :2")).isEqualTo(n(2));
        assertThat(at("m", "ADD m.x :2, m.q :2"))
                .isEqualTo(m(Map.of("x", n(3), "q", n(2), "y", m(Map.of("z", n(2))), "l", l(s("a"), s("b")))));
        assertThat(at("ss", "ADD ss :ss")).isEqualTo(AttributeValue.SS.of(List.of("a", "b", "c")));
        assertThat(at("ss", "DELETE ss :ss")).isEqualTo(AttributeValue.SS.of(List.of("a")));
        assertThat(at("ns", "DELETE ns :ns")).isEqualTo(AttributeValue.NS.of(List.of(BigDecimal.ONE)));
        assertThat(update("DELETE ss :ab, q :ab", ITEM).item().attributes()).doesNotContainKeys("ss", "q");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SET a = q | The provided expression refers to an attribute that does not exist in the item",
                "SET a = list_append(q, :l) | The provided expression refers to an attribute that does not exist in the item",
                "SET a = m.q.r | The provided expression refers to an attribute that does not exist in the item",
                "SET a = s + :1 | An operand in the update expression has an incorrect data type",
                "SET a = list_append(s, :l) | An operand in the update expression has an incorrect data type",
                "ADD s :1 | An operand in the update expression has an incorrect data type",
                "ADD ns :ss | An operand in the update expression has an incorrect data type",
                "DELETE n :ss | An operand in the update expression has an incorrect data type",
                "SET q.a = :1 | The document path provided in the update expression is invalid for update",
                "SET l.a = :1 | The document path provided in the update expression is invalid for update",
                "SET m[0] = :1 | The document path provided in the update expression is invalid for update",
                "REMOVE q.a | The document path provided in the update expression is invalid for update",
                "ADD m.q.r :1 | The document path provided in the update expression is invalid for update",
                "DELETE n[0] :ss | The document path provided in the update expression is invalid for update",
                "SET a = :big + :big | Number overflow. Attempting to store a number with magnitude larger than supported range",
                "ADD much :big | Number overflow. Attempting to store a number with magnitude larger than supported range",
                "SET a = :big + :1 | Number overflow. Attempting to store a number with magnitude larger than supported range",
                "SET a = :1 - :big | Number overflow. Attempting to store a number with magnitude larger than supported range",
                "ADD n :big | Number overflow. Attempting to store a number with magnitude larger than supported range",
                "SET a = small - :least | Number underflow. Attempting to store a number with magnitude smaller than supported range"
            })
    void misfitsAreRefused(String text, String error) {
        assertThatThrownBy(() -> update(text, ITEM))
                .isInstanceOf(ApiException.class)
                .hasMessage(error);
    }

    @Test
    void updatedPartsAreThoseNamed() {
        String text = "SET m.y.z = :s, m.l[1] = :1, q = :1 REMOVE n, m.x ADD ss :ss DELETE ns :ns";
        assertThat(update(text, ITEM).updatedNew().attributes())
                .isEqualTo(Map.of(
                        "m", m(Map.of("y", m(Map.of("z", s("new"))), "l", l(n(1)))),
                        "q", n(1),
                        "ss", AttributeValue.SS.of(List.of("a", "b", "c")),
                        "ns", AttributeValue.NS.of(List.of(BigDecimal.ONE))));
        assertThat(parse(text).updatedOld(ITEM).attributes())
                .isEqualTo(Map.of(
                        "m", m(Map.of("x", n(1), "y", m(Map.of("z", n(2))), "l", l(s("b")))),
                        "n", n(5),
                        "ss", AttributeValue.SS.of(List.of("a", "b")),
                        "ns", AttributeValue.NS.of(List.of(BigDecimal.ONE, BigDecimal.TEN))));
    }

    /** Both as DynamoDB has it: an index means after the update what it means in any path. */
    @Test
    void updatedNewTakesIndexesAsWritten() {
        assertThat(update("SET l[100] = :s", ITEM).updatedNew()).isEqualTo(Item.of(Map.of()));
        assertThat(update("REMOVE l[1]", ITEM).updatedNew()).isEqualTo(Item.of(Map.of("l", l(n(2)))));
    }

    /** A case that dynalite recorded from DynamoDB. */
    @Test
    void manyActionsAtOnce() {
        Item item = Item.of(Map.of("pk", KEY, "b", m(Map.of("a", n(1), "b", n(2), "c", n(3))), "c", l(n(1), n(3))));
        Map<String, AttributeValue> values = Map.of(":a", n(2), ":b", AttributeValue.SS.of(List.of("a")));
        Update.Result result = Update.parse(
                        "set b.c=((c[1])+(b.a)),b.a = #pk,c[1] = #pk, c[4] = b.a - b.b, c[2] = b.c"
                                + " add c[8] :b, c[6] :a",
                        new Placeholders(Map.of("#pk", "pk"), values))
                .apply(item);
        assertThat(result.item().get("b")).isEqualTo(m(Map.of("a", KEY, "b", n(2), "c", n(4))));
        assertThat(result.item().get("c"))
                .isEqualTo(l(n(1), KEY, n(3), n(-1), n(2), AttributeValue.SS.of(List.of("a"))));
        assertThat(result.updatedNew())
                .isEqualTo(Item.of(Map.of("b", m(Map.of("a", KEY, "c", n(4))), "c", l(KEY, n(3), n(2)))));
    }

    @Test
    void itemThatWasNotThereBegins() {
        Item key = Item.of(Map.of("pk", KEY));
        Update.Result result =
                parse("SET a = :1 REMOVE b, c.d, e[0] DELETE ss :ss").create(key);
        assertThat(result.item()).isEqualTo(Item.of(Map.of("pk", KEY, "a", n(1))));
        assertThat(result.updatedNew()).isEqualTo(Item.of(Map.of("a", n(1))));
        assertThatThrownBy(() -> parse("SET c.d = :1").create(key))
                .hasMessage("The document path provided in the update expression is invalid for update");
    }

    @Test
    void elementsGoFromTheBackHoweverDeepTheOthersAre() {
        Item item = Item.of(Map.of(
                "pk",
                KEY,
                "l",
                l(AttributeValue.SS.of(List.of("a")), m(Map.of("x", n(1), "y", n(2))), l(n(3), n(4)), n(5))));
        assertThat(update("REMOVE l[0], l[1].x, l[2][0]", item).item().get("l"))
                .isEqualTo(l(m(Map.of("y", n(2))), l(n(4)), n(5)));
        assertThat(update("DELETE l[0] :ab SET l[3] = :s, l[9] = :1 REMOVE l[8]", item)
                        .item()
                        .get("l"))
                .isEqualTo(l(m(Map.of("x", n(1), "y", n(2))), l(n(3), n(4)), s("new"), n(1)));
    }

    @Test
    void valuesAreNestedAsDeepAsInARequest() {
        AttributeValue deep = n(1);
        for (int level = 0; level < 31; level++) {
            deep = level % 2 == 0 ? l(deep) : m(Map.of("d", deep));
        }
        Item item = Item.of(Map.of("pk", KEY, "deep", deep, "m", m(Map.of("m", m(Map.of())))));
        assertThat(update("SET m.deep = deep", item).item().get("m")).isNotNull();
        for (String text : List.of("SET m.m.deep = deep", "SET m.m.deep = if_not_exists(q, deep)")) {
            assertThatThrownBy(() -> update(text, item))
                    .isInstanceOf(ApiException.class)
                    .hasMessage("Nesting Levels have exceeded supported limits");
        }
    }

    private static AttributeValue n(long value) {
        return AttributeValue.N.of(value);
    }

    private static AttributeValue s(String value) {
        return new AttributeValue.S(value);
    }

    private static AttributeValue l(AttributeValue... values) {
        return new AttributeValue.L(Arrays.asList(values));
    }

    private static AttributeValue m(Map<String, AttributeValue> entries) {
        return AttributeValue.M.of(entries);
    }
}
