package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyHash;
import dev.meridian.model.Property;
import dev.meridian.model.ScalarType;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatistics;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens, an index that is ACTIVE holds what a naive look at the items says. */
class IndexModelTest {
    private static final IndexProjection[] PROJECTIONS = {
        IndexProjection.ALL,
        IndexProjection.KEYS_ONLY,
        new IndexProjection(IndexProjection.Type.INCLUDE, List.of("v", "absent"))
    };

    @TempDir
    Path folder;

    @Test
    void everyIndexIsAsTheItemsSayWhateverHappens() {
        int[] round = {0};
        Property.holds(12, random -> {
            try (StoreFixture fixture =
                    new StoreFixture(folder.resolve("r" + round[0]++), key -> KeyHash.of(key) & 3, 1L << 30)) {
                TableDescriptor stale = fixture.table("t", StoreFixture.COMPOSITE, true);
                // More than one step of a backfill.
                int population = random.nextInt(IndexBuilder.STEP * 4);
                for (int i = 0; i < population; i++) {
                    put(fixture, stale, random);
                }
                for (int i = 0; i < 300; i++) {
                    step(fixture, stale, random);
                    if (random.nextInt(30) == 0) {
                        check(fixture);
                    }
                }
                turnUntilIdle(fixture);
                table(fixture)
                        .indexes()
                        .forEach(index -> assertThat(index.status()).isEqualTo(IndexStatus.ACTIVE));
                check(fixture);
                deleteAllIndexes(fixture);
                assertThat(entries(fixture)).isZero();
                assertThat(backfills(fixture)).isZero();
            }
        });
    }

    /** The descriptor of a caller may be of before there were indexes. */
    private static void step(StoreFixture fixture, TableDescriptor stale, RandomGenerator random) throws IOException {
        TableDescriptor given = random.nextBoolean() ? stale : table(fixture);
        int choice = random.nextInt(100);
        if (choice < 45) {
            put(fixture, given, random);
        } else if (choice < 60) {
            ItemKey key = key(random);
            fixture.write(view -> view.delete(given, key, Cause.USER));
        } else if (choice < 70) {
            Item item = item(random);
            Version version =
                    new Version(HybridTimestamp.ofMillis(fixture.nowMillis + random.nextInt(100)), StoreFixture.THERE);
            Bytes image = random.nextBoolean() ? null : Bytes.wrap(ItemCodec.encode(item));
            fixture.write(view -> {
                view.apply(given, ItemKey.of(item, given.schema()), image, new Stamp(version, VersionVector.EMPTY));
                return 0;
            });
        } else if (choice < 74) {
            createIndex(fixture, random);
        } else if (choice < 76) {
            deleteIndex(fixture, random);
        } else if (choice < 77) {
            fixture.reopen();
        } else if (choice < 78) {
            fixture.crash();
        } else if (choice < 80) {
            fixture.write(view -> {
                TableDescriptor now = Objects.requireNonNull(view.catalog().table("t"));
                view.putTable(now.withStatus(random.nextBoolean() ? TableStatus.UPDATING : TableStatus.ACTIVE));
                return 0;
            });
        } else {
            fixture.store.sweeper().turn();
            if (random.nextBoolean()) {
                fixture.store.writer().turn();
            }
        }
    }

    private static TableDescriptor table(StoreFixture fixture) {
        return Objects.requireNonNull(fixture.store.catalog().table("t"));
    }

    private static ItemKey key(RandomGenerator random) {
        int number = random.nextInt(700);
        return new ItemKey(
                Bytes.wrap(new byte[] {(byte) (number % 7)}),
                Bytes.wrap(new byte[] {(byte) (number >> 8), (byte) number}));
    }

    /** Often without an attribute, or with one that is unfit for a key. */
    private static Item item(RandomGenerator random) {
        TreeMap<String, AttributeValue> attributes =
                new TreeMap<>(key(random).toItem(StoreFixture.COMPOSITE).attributes());
        for (String name : List.of("a", "b")) {
            AttributeValue value =
                    switch (random.nextInt(8)) {
                        case 0 -> null;
                        case 1 -> new AttributeValue.S("");
                        case 2 -> AttributeValue.N.of(1);
                        case 3 -> new AttributeValue.S("x".repeat(random.nextInt(1020, 1030)));
                        default -> new AttributeValue.S("v" + random.nextInt(3));
                    };
            if (value != null) {
                attributes.put(name, value);
            }
        }
        attributes.put("v", new AttributeValue.S("w".repeat(random.nextInt(5))));
        attributes.put("w", AttributeValue.N.of(random.nextInt(1000)));
        return new Item(attributes);
    }

    private static void put(StoreFixture fixture, TableDescriptor given, RandomGenerator random) {
        Item item = item(random);
        fixture.write(view ->
                view.put(given, ItemKey.of(item, given.schema()), Bytes.wrap(ItemCodec.encode(item)), Cause.USER));
    }

    private static KeyAttribute text(String name) {
        return new KeyAttribute(name, ScalarType.S);
    }

    private static void createIndex(StoreFixture fixture, RandomGenerator random) {
        if (table(fixture).indexes().size() == 4) {
            return;
        }
        List<KeyAttribute> partition = random.nextInt(4) == 0
                ? List.of(text("a"), text("b"))
                : List.of(text(random.nextBoolean() ? "a" : "b"));
        List<KeyAttribute> sort = List.of(text("b"), new KeyAttribute("w", ScalarType.N), text("a"))
                .subList(0, random.nextInt(4));
        fixture.index(
                "t", "i" + random.nextInt(1_000_000), partition, sort, PROJECTIONS[random.nextInt(PROJECTIONS.length)]);
    }

    private static void deleteIndex(StoreFixture fixture, RandomGenerator random) {
        List<IndexDescriptor> indexes = table(fixture).indexes();
        if (!indexes.isEmpty()) {
            delete(fixture, indexes.get(random.nextInt(indexes.size())).number());
        }
    }

    private static void delete(StoreFixture fixture, int index) {
        fixture.write(view -> {
            TableDescriptor now = Objects.requireNonNull(view.catalog().table("t"));
            // It may have left meanwhile: a step of the store's own was queued before this one.
            IndexDescriptor there = now.index(index);
            if (there != null) {
                view.putTable(now.withIndex(there.withStatus(IndexStatus.DELETING)));
            }
            return 0;
        });
    }

    private static void deleteAllIndexes(StoreFixture fixture) {
        table(fixture).indexes().forEach(index -> delete(fixture, index.number()));
        turnUntilIdle(fixture);
        assertThat(table(fixture).indexes()).isEmpty();
    }

    private static void turnUntilIdle(StoreFixture fixture) {
        for (int i = 0; i < 1_000; i++) {
            boolean idle = table(fixture).indexes().stream().allMatch(index -> index.status() == IndexStatus.ACTIVE);
            if (idle) {
                return;
            }
            fixture.store.sweeper().turn();
            fixture.store.writer().turn();
        }
        throw new AssertionError("indexes are never done: " + table(fixture).indexes());
    }

    private static void check(StoreFixture fixture) {
        TableDescriptor table = table(fixture);
        fixture.store.read(view -> {
            List<Item> items = new ArrayList<>();
            view.scan(table, ScanRange.table(null), item -> items.add(item.item()));
            for (IndexDescriptor index : table.indexes()) {
                check(view, table, index, items);
            }
            return 0;
        });
    }

    private static void check(ReadView view, TableDescriptor table, IndexDescriptor index, List<Item> items) {
        if (index.status() == IndexStatus.DELETING) {
            return;
        }
        TreeMap<String, Item> expected = new TreeMap<>();
        items.stream()
                .filter(item -> isIn(index.partition(), item, 2048) && isIn(index.sort(), item, 1024))
                .forEach(item -> expected.put(name(item), item));
        TreeMap<String, Item> visited = new TreeMap<>();
        view.scanIndex(table, index, ScanRange.table(null), item -> {
            assertThat(visited.put(name(item.item()), item.item()))
                    .as("seen before")
                    .isNull();
            return true;
        });
        Collection<Item> found = visited.values();
        if (index.status() == IndexStatus.CREATING) {
            expected.keySet().retainAll(visited.keySet());
        }
        assertThat(visited).as("%s", index).isEqualTo(expected);
        long bytes = 0;
        for (Item item : found) {
            TreeMap<String, AttributeValue> shown = new TreeMap<>(item.attributes());
            if (index.projection().type() != IndexProjection.Type.ALL) {
                List<String> names = new ArrayList<>(List.of("pk", "sk"));
                index.keyAttributes().forEach(attribute -> names.add(attribute.name()));
                names.addAll(index.projection().nonKeyAttributes());
                shown.keySet().retainAll(names);
            }
            bytes += new Item(shown).sizeBytes();
        }
        assertThat(view.statistics(index)).as("%s", index).isEqualTo(new IndexStatistics(found.size(), bytes));
    }

    private static String name(Item item) {
        return item.get("pk") + " " + item.get("sk");
    }

    private static boolean isIn(List<KeyAttribute> attributes, Item item, int maxBytes) {
        int bytes = 0;
        for (KeyAttribute attribute : attributes) {
            AttributeValue value = item.get(attribute.name());
            if (attribute.type() == ScalarType.N) {
                // No number here has more than three digits: two bytes around the pairs, and the sign.
                bytes += value.equals(AttributeValue.N.of(0))
                        ? 1
                        : dev.meridian.model.KeyCodec.encode(value).length();
            } else if (value instanceof AttributeValue.S text && !text.value().isEmpty()) {
                bytes += text.value().length();
            } else {
                return false;
            }
        }
        return bytes <= maxBytes;
    }

    private static long entries(StoreFixture fixture) {
        return fixture.store.readRaw((txn, databases) -> databases.indexes.stat(txn).entries);
    }

    private static long backfills(StoreFixture fixture) {
        return fixture.store.readRaw((txn, databases) -> databases.backfills.stat(txn).entries);
    }

    @Test
    void aBackfillThatIsCutOffGoesOnWhereItWas() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("store"))) {
            fill(fixture, IndexBuilder.STEP * 3);
            IndexDescriptor index = fixture.index("t", "i", List.of(text("a")), List.of(), IndexProjection.ALL);
            fixture.store.sweeper().turn();
            fixture.store.writer().turn();
            assertThat(table(fixture).index("i").backfilling()).isTrue();
            assertThat(backfills(fixture)).isEqualTo(1);
            assertThat(counted(fixture, index)).isEqualTo(IndexBuilder.STEP);
            fixture.store.sweeper().turn();
            fixture.crash();
            assertThat(counted(fixture, index)).as("the step under way is lost").isEqualTo(IndexBuilder.STEP);
            fixture.store.sweeper().turn();
            fixture.store.writer().turn();
            assertThat(counted(fixture, index)).as("goes on").isEqualTo(IndexBuilder.STEP * 2L);
            turnUntilIdle(fixture);
            assertThat(table(fixture).index("i").backfilling()).isFalse();
            assertThat(counted(fixture, index)).isEqualTo(IndexBuilder.STEP * 3L);
            assertThat(backfills(fixture)).isZero();
            check(fixture);
        }
    }

    private static void fill(StoreFixture fixture, int items) {
        TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
        for (int i = 0; i < items; i++) {
            AttributeValue number = new AttributeValue.B(Bytes.wrap(new byte[] {(byte) (i >> 8), (byte) i}));
            Item item = Item.of(Map.of("pk", number, "sk", number, "a", new AttributeValue.S("x")));
            fixture.store.write(view ->
                    view.put(table, ItemKey.of(item, table.schema()), Bytes.wrap(ItemCodec.encode(item)), Cause.USER));
        }
        fixture.store.writer().turn();
        fixture.store.writer().turn();
    }

    private static long counted(StoreFixture fixture, IndexDescriptor index) {
        return fixture.store.read(view -> view.statistics(index).items());
    }

    @Test
    void aDroppedTablesIndexesGoAlsoInTheMiddleOfABackfill() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("store"))) {
            fill(fixture, IndexBuilder.STEP * 2);
            IndexDescriptor index =
                    fixture.index("t", "i", List.of(text("a")), List.of(text("a")), IndexProjection.KEYS_ONLY);
            fixture.store.sweeper().turn();
            fixture.store.writer().turn();
            assertThat(entries(fixture)).isPositive();
            TableDescriptor dropped = table(fixture);
            CompletableFuture<Boolean> drop = fixture.store
                    .write(view -> {
                        view.dropTable(view.catalog().table("t"));
                        return true;
                    })
                    .toCompletableFuture();
            fixture.store.sweeper().turn();
            fixture.store.writer().turn();
            drop.join();
            Item late = Item.of(Map.of("a", new AttributeValue.S("x")));
            fixture.write(view -> view.put(
                    dropped,
                    new ItemKey(Bytes.wrap(new byte[] {1}), Bytes.EMPTY),
                    Bytes.wrap(ItemCodec.encode(late)),
                    Cause.USER));
            for (int i = 0; i < 30; i++) {
                fixture.store.sweeper().turn();
                fixture.store.writer().turn();
                fixture.nowMillis += 100_000;
            }
            assertThat(entries(fixture)).isZero();
        }
    }

    @Test
    void anIndexNeitherVanishesNorBeginsActiveOnATableWithItems() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("store"))) {
            fill(fixture, 1);
            TableDescriptor without = table(fixture);
            IndexDescriptor index = fixture.index("t", "i", List.of(text("a")), List.of(), IndexProjection.ALL);
            IndexDescriptor other = new IndexDescriptor(
                    index.number() + 1,
                    "j",
                    IndexDescriptor.Kind.GLOBAL,
                    List.of(text("a")),
                    List.of(),
                    IndexProjection.ALL,
                    IndexStatus.ACTIVE,
                    false,
                    0,
                    0);
            assertThatThrownBy(() -> fixture.write(view -> {
                        view.putTable(table(fixture).withIndex(other));
                        return 0;
                    }))
                    .hasCauseInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fixture.write(view -> {
                        view.putTable(without);
                        return 0;
                    }))
                    .hasCauseInstanceOf(IllegalArgumentException.class);
        }
    }
}
