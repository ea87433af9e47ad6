package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.replicator.SharedSettings.Capacity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Changes of several regions that are legal each, and not together. */
class ExcludedIndexesTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final Capacity ON_DEMAND = new Capacity(true, 0, 0, -1, -1);
    private static final Capacity PROVISIONED = new Capacity(false, 5, 5, -1, -1);
    private static final List<String> NAMES = List.of("c", "d", "pk");

    private static Version version(long time, RegionId region) {
        return new Version(new HybridTimestamp(time), region);
    }

    private static <T> Latest<T> at(long time, T value) {
        return new Latest<>(version(time, A), value);
    }

    private static SharedIndex index(String name, String attribute, ScalarType type, long units, Version since) {
        return new SharedIndex(
                name, List.of(new KeyAttribute(attribute, type)), List.of(), "ALL", List.of(), units, units, since);
    }

    private static GlobalTable table(Capacity capacity) {
        return new GlobalTable(
                new TableId(new UUID(1, 2)),
                "table",
                new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                2,
                new SharedSettings(
                        at(1, capacity),
                        at(1, Optional.empty()),
                        at(1, false),
                        at(1, Optional.empty()),
                        at(1, "STANDARD"),
                        at(1, Optional.empty()),
                        new TreeMap<>(),
                        List.of()),
                new TreeMap<>(Map.of(A, Member.first(version(1, A)))),
                new TreeMap<>());
    }

    private static GlobalTable with(GlobalTable table, Version version, SharedIndex index) {
        return table.with(table.settings().withGlobalIndex(index.name(), new Latest<>(version, Optional.of(index))));
    }

    private static GlobalTable without(GlobalTable table, Version version, String name) {
        return table.with(table.settings().withGlobalIndex(name, new Latest<>(version, Optional.empty())));
    }

    private static GlobalTable with(GlobalTable table, Version version, Capacity capacity) {
        return table.with(table.settings().withCapacity(new Latest<>(version, capacity)));
    }

    /** With an index on the attribute c. */
    private static GlobalTable made(GlobalTable table, String name, ScalarType type, Version since) {
        return with(table, since, index(name, "c", type, 0, since));
    }

    private static List<String> standing(GlobalTable table) {
        return table.inForce().globalIndexes().entrySet().stream()
                .filter(index -> index.getValue().value().isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Two indexes that give the attribute c two types. */
    private static GlobalTable withBoth() {
        return made(table(ON_DEMAND), "z", ScalarType.S, version(5, A))
                .merge(made(table(ON_DEMAND), "a", ScalarType.N, version(6, B)));
    }

    @Test
    void ofTwoIndexesThatGiveAnAttributeTwoTypesTheOneMadeLaterGoes() {
        assertThat(standing(withBoth())).containsExactly("z");
        assertThat(withBoth().excludedIndexes()).containsOnlyKeys("a");
        assertThat(withBoth().excludedIndexes().get("a")).contains("c is of type S");
    }

    @Test
    void anIndexWhoseKeyIsTheTablesWithAnotherTypeGoes() {
        GlobalTable table = with(table(ON_DEMAND), version(5, A), index("i", "pk", ScalarType.N, 0, version(5, A)));
        assertThat(standing(table)).isEmpty();
    }

    @Test
    void whoChangesTheUnitsOfAnIndexDoesNotMakeItLater() {
        GlobalTable changed = with(withBoth(), version(9, A), PROVISIONED);
        changed = with(changed, version(9, A), index("z", "c", ScalarType.S, 7, version(5, A)));
        changed = with(changed, version(8, A), index("a", "c", ScalarType.N, 7, version(6, B)));
        assertThat(standing(changed)).containsExactly("z");
    }

    @Test
    void anIndexWithoutUnitsGoesWhereTheTableIsProvisioned() {
        GlobalTable index = made(table(ON_DEMAND), "i", ScalarType.S, version(6, B));
        for (long time : List.of(5L, 7L)) {
            GlobalTable merged = index.merge(with(table(ON_DEMAND), version(time, A), PROVISIONED));
            assertThat(standing(merged)).isEmpty();
            assertThat(merged.excludedIndexes().get("i")).contains("no capacity units");
        }
    }

    @Test
    void whereRequestsAreBilledAnIndexHasNoUnits() {
        GlobalTable table = with(table(ON_DEMAND), version(6, B), index("i", "c", ScalarType.S, 9, version(6, B)));
        assertThat(table.inForce()
                        .globalIndexes()
                        .get("i")
                        .value()
                        .orElseThrow()
                        .readCapacityUnits())
                .isZero();
    }

    @Test
    void atMostTwentyIndexesStand() {
        GlobalTable table = table(ON_DEMAND);
        for (int i = 0; i < 22; i++) {
            table = made(table, "i" + i, ScalarType.S, version(100 - i, A));
        }
        assertThat(standing(table)).hasSize(20).doesNotContain("i0", "i1");
    }

    @Test
    void whatWasExcludedDoesNotComeBackWhenTheOtherGoes() {
        GlobalTable next = without(withBoth().withoutExcluded(version(7, A)), version(8, A), "z");
        assertThat(standing(withBoth().merge(next))).isEmpty();
    }

    /** One change of some region: of an index, or of the billing mode. */
    private static GlobalTable change(GlobalTable table, RandomGenerator random, long time) {
        Version version = version(time, random.nextBoolean() ? A : B);
        String name = "i" + random.nextInt(4);
        return switch (random.nextInt(5)) {
            case 0 -> without(table, version, name);
            case 1 -> with(table, version, random.nextBoolean() ? ON_DEMAND : PROVISIONED);
            default ->
                with(
                        table,
                        version,
                        index(
                                name,
                                NAMES.get(random.nextInt(NAMES.size())),
                                ScalarType.values()[random.nextInt(ScalarType.values().length)],
                                random.nextInt(2),
                                version(random.nextLong(time) + 1, A)));
        };
    }

    @Test
    void whateverTheOrderInWhichChangesComeTogetherTheSameStandAndAreLegalTogether() {
        Property.holds(1_000, random -> {
            List<GlobalTable> changes = new ArrayList<>(IntStream.range(0, random.nextInt(2, 9))
                    .mapToObj(i -> change(table(ON_DEMAND), random, i + 2))
                    .toList());
            GlobalTable expected = changes.stream().reduce(GlobalTable::merge).orElseThrow();
            assertLegal(expected);
            for (int i = 0; i < 5; i++) {
                Collections.shuffle(changes, new Random(random.nextLong()));
                int half = random.nextInt(changes.size());
                GlobalTable merged = Stream.of(changes.subList(0, half), changes.subList(half, changes.size()))
                        .flatMap(some -> some.stream().reduce(GlobalTable::merge).stream())
                        .reduce(GlobalTable::merge)
                        .orElseThrow();
                assertThat(merged.inForce()).isEqualTo(expected.inForce());
                assertThat(merged.excludedIndexes()).isEqualTo(expected.excludedIndexes());
            }
        });
    }

    private static void assertLegal(GlobalTable table) {
        Map<String, ScalarType> types = new HashMap<>(Map.of("pk", ScalarType.S));
        boolean onDemand = table.settings().capacity().value().onDemand();
        table.inForce()
                .globalIndexes()
                .values()
                .forEach(entry -> entry.value().ifPresent(index -> {
                    index.partition()
                            .forEach(key -> assertThat(types.merge(key.name(), key.type(), (known, now) -> known))
                                    .isEqualTo(key.type()));
                    assertThat(index.readCapacityUnits() > 0).isEqualTo(!onDemand);
                }));
    }
}
