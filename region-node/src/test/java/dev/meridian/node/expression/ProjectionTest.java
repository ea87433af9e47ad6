package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProjectionTest {
    private static final AttributeValue ONE = AttributeValue.N.of(1);
    private static final AttributeValue TWO = AttributeValue.N.of(2);
    private static final Item ITEM = Item.of(Map.of(
            "a", ONE,
            "l", list(ONE, TWO, AttributeValue.M.of(Map.of("x", ONE, "y", TWO)), list(ONE, TWO)),
            "m", AttributeValue.M.of(Map.of("x", ONE, "a.b", TWO))));

    private static Map<String, AttributeValue> project(String text) {
        return Projection.parse(text, new Placeholders(Map.of("#d", "a.b"), null))
                .apply(ITEM)
                .attributes();
    }

    @Test
    void picksNestedParts() {
        assertThat(project("a, q, m.x")).isEqualTo(Map.of("a", ONE, "m", AttributeValue.M.of(Map.of("x", ONE))));
        assertThat(project("m.#d")).isEqualTo(Map.of("m", AttributeValue.M.of(Map.of("a.b", TWO))));
    }

    @Test
    void listsCloseUpInTheirOwnOrder() {
        assertThat(project("l[3][1], l[1], l[2].y, l[99]"))
                .isEqualTo(Map.of("l", list(TWO, AttributeValue.M.of(Map.of("y", TWO)), list(TWO))));
    }

    @Test
    void whatIsNotThereLeavesNoTrace() {
        assertThat(project("a.x, m[0], l[2].z")).isEmpty();
        assertThat(project("a[0], m.y, l.x")).isEmpty();
    }

    private static AttributeValue list(AttributeValue... values) {
        return new AttributeValue.L(List.of(values));
    }
}
