package dev.meridian.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class IndexKeysTest {
    private static final KeySchema TABLE = new KeySchema(text("pk"), text("sk"));

    private final IndexKeys keys = new IndexKeys(
            TABLE,
            new IndexDescriptor(
                    2,
                    "i",
                    IndexDescriptor.Kind.GLOBAL,
                    List.of(text("a"), text("b")),
                    List.of(text("c"), text("d")),
                    IndexProjection.KEYS_ONLY,
                    IndexStatus.ACTIVE,
                    false,
                    0,
                    0));

    private static KeyAttribute text(String name) {
        return new KeyAttribute(name, ScalarType.S);
    }

    private static Item item(int a, int b, int c, int d) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>(Map.of("pk", s(1), "sk", s(1), "v", s(1)));
        Map.of("a", a, "b", b, "c", c, "d", d).forEach((name, length) -> attributes.put(name, s(length)));
        return new Item(attributes);
    }

    private static AttributeValue s(int length) {
        return new AttributeValue.S("\u0000".repeat(length));
    }

    private boolean isIn(Item item) {
        return keys.entry(item, ItemKey.of(item, TABLE)) != null;
    }

    @Test
    void theLimitsAreOfAllValuesTogetherBeforeTheyAreEscaped() {
        assertThat(isIn(item(2047, 1, 1, 1023))).isTrue();
        assertThat(isIn(item(2047, 2, 1, 1))).isFalse();
        assertThat(isIn(item(1, 1, 2, 1023))).isFalse();
        assertThat(isIn(item(1, 1, 0, 1))).isFalse();
        assertThat(isIn(item(1, 0, 1, 1))).isFalse();
    }

    @Test
    void aPageGoesOnBehindTheKeyOfItsLastItem() {
        Item item = item(3, 1, 2, 4);
        Item last = keys.lastKey(item);
        assertThat(last.attributes().keySet()).containsExactly("a", "b", "c", "d", "pk", "sk");
        assertThat(keys.position(last)).isEqualTo(keys.entry(item, ItemKey.of(item, TABLE)));
        for (String name : last.attributes().keySet()) {
            TreeMap<String, AttributeValue> changed = new TreeMap<>(last.attributes());
            changed.remove(name);
            assertThat(keys.position(new Item(changed))).as("without %s", name).isNull();
            changed.put(name, AttributeValue.N.of(1));
            assertThat(keys.position(new Item(changed)))
                    .as("%s of another type", name)
                    .isNull();
        }
    }
}
