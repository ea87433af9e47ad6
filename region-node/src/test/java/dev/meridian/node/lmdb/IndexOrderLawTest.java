package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeyHash;
import dev.meridian.model.Property;
import dev.meridian.model.ScalarType;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexKeys;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.SortCondition;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The items of one index partition are visited in the order of their sort values, attribute by attribute, and then of
 * their table keys; a condition selects exactly those whose values fit.
 */
class IndexOrderLawTest {
    @TempDir
    Path folder;

    @Test
    void holdsWithTheRealHash() throws IOException {
        check(KeyHash::of, "real");
    }

    @Test
    void holdsWhenManyPartitionsCollide() throws IOException {
        check(partition -> KeyHash.of(partition) % 3 == 0 ? -1L : 7L, "colliding");
    }

    private void check(ToLongFunction<Bytes> hash, String folderName) throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve(folderName), hash, 1L << 30)) {
            int[] round = {0};
            Property.holds(60, random -> {
                String name = "t" + round[0]++;
                fixture.table(name, StoreFixture.COMPOSITE, false);
                IndexDescriptor index = fixture.index(
                        name, "i", attributes(random, "p", 1), attributes(random, "s", 0), IndexProjection.ALL);
                TableDescriptor table =
                        Objects.requireNonNull(fixture.store.catalog().table(name));
                Case law = new Case(fixture, table, index, random);
                law.fill();
                law.checkPartitions();
                law.checkWholeIndex();
            });
        }
    }

    private static List<KeyAttribute> attributes(RandomGenerator random, String name, int least) {
        List<KeyAttribute> attributes = new ArrayList<>();
        int count = random.nextInt(least, IndexDescriptor.MAX_KEY_PARTS + 1);
        for (int i = 0; i < count; i++) {
            attributes.add(new KeyAttribute(name + i, ScalarType.values()[random.nextInt(3)]));
        }
        return attributes;
    }

    private static final class Case {
        private final StoreFixture fixture;
        private final TableDescriptor table;
        private final IndexDescriptor index;
        private final IndexKeys keys;
        private final RandomGenerator random;
        private final Map<ItemKey, Item> items = new HashMap<>();
        private final Map<KeyAttribute, List<AttributeValue>> values = new HashMap<>();

        Case(StoreFixture fixture, TableDescriptor table, IndexDescriptor index, RandomGenerator random) {
            this.fixture = fixture;
            this.table = table;
            this.index = index;
            this.keys = new IndexKeys(table.schema(), index);
            this.random = random;
            index.keyAttributes().forEach(attribute -> {
                List<AttributeValue> some = new ArrayList<>();
                int most = attribute.name().startsWith("p") ? 2 : 5;
                for (int i = 0; i < most; i++) {
                    some.add(value(attribute.type()));
                }
                values.put(attribute, some);
            });
        }

        private AttributeValue value(ScalarType type) {
            return switch (type) {
                case N ->
                    AttributeValue.N.of(new String[] {"0", "-1", "-1.5", "1", "10", "100.25", "-99999", "1e-100", "12"}
                            [random.nextInt(9)]);
                case B -> new AttributeValue.B(Bytes.wrap(bytes(new byte[] {0, 1, 2, 0x41, -2, -1})));
                case S -> new AttributeValue.S(new String(bytes(new byte[] {0, 1, 2, 'a', 'b', 0x7F})));
            };
        }

        /** Sometimes so long that what LMDB's key holds is not enough. */
        private byte[] bytes(byte[] alphabet) {
            int shared = new int[] {0, 0, 0, 240}[random.nextInt(4)];
            byte[] bytes = new byte[shared + random.nextInt(1, 5)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = i < shared ? 0 : alphabet[random.nextInt(alphabet.length)];
            }
            return bytes;
        }

        private AttributeValue some(KeyAttribute attribute) {
            List<AttributeValue> choice = values.get(attribute);
            return choice.get(random.nextInt(choice.size()));
        }

        private Item randomItem() {
            TreeMap<String, AttributeValue> attributes = new TreeMap<>();
            attributes.put("pk", new AttributeValue.B(Bytes.wrap(bytes(new byte[] {0, -1}))));
            attributes.put("sk", new AttributeValue.B(Bytes.wrap(bytes(new byte[] {0, -1}))));
            index.keyAttributes().forEach(attribute -> attributes.put(attribute.name(), some(attribute)));
            attributes.put("v", AttributeValue.N.of(random.nextInt(3)));
            return new Item(attributes);
        }

        void fill() {
            for (int i = 0; i < 60; i++) {
                Item item = randomItem();
                ItemKey key = ItemKey.of(item, table.schema());
                if (random.nextInt(6) == 0) {
                    fixture.write(view -> view.delete(table, key, Cause.USER));
                    items.remove(key);
                } else {
                    fixture.write(view -> view.put(table, key, Bytes.wrap(ItemCodec.encode(item)), Cause.USER));
                    items.put(key, item);
                }
            }
        }

        private static Bytes bytesOf(Item item, String attribute) {
            return KeyCodec.encode(Objects.requireNonNull(item.get(attribute)));
        }

        private Comparator<Item> order() {
            Comparator<Item> order = (a, b) -> 0;
            for (KeyAttribute attribute : index.sort()) {
                order = order.thenComparing(item -> bytesOf(item, attribute.name()));
            }
            return order.thenComparing(item -> bytesOf(item, "pk")).thenComparing(item -> bytesOf(item, "sk"));
        }

        private List<AttributeValue> valuesOf(Item item, List<KeyAttribute> attributes) {
            List<AttributeValue> found = new ArrayList<>();
            attributes.forEach(attribute -> found.add(item.get(attribute.name())));
            return found;
        }

        void checkPartitions() {
            Set<List<AttributeValue>> partitions = new LinkedHashSet<>();
            items.values().forEach(item -> partitions.add(valuesOf(item, index.partition())));
            for (List<AttributeValue> partition : partitions) {
                for (int i = 0; i < 8; i++) {
                    checkPartition(partition);
                }
            }
        }

        private void checkPartition(List<AttributeValue> partition) {
            int equal = random.nextInt(index.sort().size() + 1);
            List<KeyAttribute> leading = index.sort().subList(0, equal);
            List<AttributeValue> equals = valuesOf(randomItem(), leading);
            @Nullable
            KeyAttribute next = equal == index.sort().size() || random.nextInt(4) == 0
                    ? null
                    : index.sort().get(equal);
            @Nullable SortCondition condition = next == null ? null : condition(next);
            boolean forward = random.nextBoolean();
            @Nullable Item start = random.nextInt(3) == 0 ? start(partition) : null;

            List<Item> expected = new ArrayList<>(items.values());
            expected.removeIf(item -> !valuesOf(item, index.partition()).equals(partition)
                    || !valuesOf(item, leading).equals(equals)
                    || (next != null && !fits(bytesOf(item, next.name()), condition)));
            Comparator<Item> order = forward ? order() : order().reversed();
            expected.removeIf(item -> start != null && order.compare(item, start) <= 0);
            expected.sort(order);
            ScanRange range = keys.range(
                    partition, equals, condition, forward, start == null ? null : keys.position(keys.lastKey(start)));
            assertThat(visited(range)).as("%s %s", equals, condition).isEqualTo(expected);
        }

        private Item start(List<AttributeValue> partition) {
            TreeMap<String, AttributeValue> attributes =
                    new TreeMap<>(randomItem().attributes());
            for (int i = 0; i < partition.size(); i++) {
                attributes.put(index.partition().get(i).name(), partition.get(i));
            }
            return new Item(attributes);
        }

        private SortCondition condition(KeyAttribute attribute) {
            AttributeValue value = random.nextBoolean() ? some(attribute) : value(attribute.type());
            int operators = attribute.type() == ScalarType.N ? 6 : 7;
            SortCondition.Operator operator = SortCondition.Operator.values()[random.nextInt(operators)];
            return switch (operator) {
                case EQ, LT, LE, GT, GE -> SortCondition.of(operator, value);
                case BETWEEN -> SortCondition.between(value, some(attribute));
                case BEGINS_WITH -> SortCondition.of(operator, beginning(value));
            };
        }

        private AttributeValue beginning(AttributeValue value) {
            byte[] bytes = KeyCodec.encode(value).toArray();
            byte[] some = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            return value.type() == AttributeValue.Type.S
                    ? new AttributeValue.S(new String(some))
                    : new AttributeValue.B(Bytes.wrap(some));
        }

        private static boolean fits(Bytes value, @Nullable SortCondition condition) {
            SortCondition given = Objects.requireNonNull(condition);
            Bytes bound = KeyCodec.encode(given.value());
            int order = value.compareTo(bound);
            return switch (given.operator()) {
                case EQ -> order == 0;
                case LT -> order < 0;
                case LE -> order <= 0;
                case GT -> order > 0;
                case GE -> order >= 0;
                case BETWEEN -> order >= 0 && value.compareTo(KeyCodec.encode(given.upper())) <= 0;
                case BEGINS_WITH -> value.startsWith(bound);
            };
        }

        void checkWholeIndex() {
            List<Item> all = visited(ScanRange.table(null));
            assertThat(all).containsExactlyInAnyOrderElementsOf(items.values());
            if (!all.isEmpty()) {
                int place = random.nextInt(all.size());
                ItemKey start = keys.position(keys.lastKey(all.get(place)));
                assertThat(visited(ScanRange.table(start))).isEqualTo(all.subList(place + 1, all.size()));
            }
            int segments = random.nextInt(1, 5);
            List<Item> together = new ArrayList<>();
            for (int segment = 0; segment < segments; segment++) {
                together.addAll(visited(ScanRange.segment(segment, segments, null)));
            }
            assertThat(together).isEqualTo(all);
        }

        private List<Item> visited(ScanRange range) {
            return fixture.store.read(view -> {
                List<Item> found = new ArrayList<>();
                view.scanIndex(table, index, range, stored -> {
                    assertThat(stored.key()).isEqualTo(ItemKey.of(stored.item(), table.schema()));
                    return found.add(stored.item());
                });
                return Collections.unmodifiableList(found);
            });
        }
    }
}
