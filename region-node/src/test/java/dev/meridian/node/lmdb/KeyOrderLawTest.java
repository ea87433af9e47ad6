package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.model.Property;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scan order inside a partition equals full-key order, for every legal key, long ones and colliding ones too. */
class KeyOrderLawTest {
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

    private void check(ToLongFunction<Bytes> hash, String name) throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve(name), hash, 1L << 30)) {
            int[] round = {0};
            Property.holds(60, random -> {
                TableDescriptor table = fixture.table("t" + round[0]++, StoreFixture.COMPOSITE, false);
                TreeMap<Bytes, TreeSet<Bytes>> model = fill(fixture, table, random);
                model.forEach((partition, sorts) -> {
                    checkPartition(fixture, table, partition, sorts, random);
                });
                checkWholeTable(fixture, table, model, random);
            });
        }
    }

    private static TreeMap<Bytes, TreeSet<Bytes>> fill(
            StoreFixture fixture, TableDescriptor table, RandomGenerator random) {
        TreeMap<Bytes, TreeSet<Bytes>> model = new TreeMap<>();
        List<Bytes> partitions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            partitions.add(key(random, 1, ItemKey.MAX_PARTITION_BYTES));
        }
        for (int i = 0; i < 40; i++) {
            Bytes partition = partitions.get(random.nextInt(partitions.size()));
            Bytes sort = key(random, 0, ItemKey.MAX_SORT_BYTES);
            ItemKey key = new ItemKey(partition, sort);
            if (random.nextInt(5) == 0) {
                fixture.write(view -> view.delete(table, key, Cause.USER));
                model.getOrDefault(partition, new TreeSet<>()).remove(sort);
            } else {
                fixture.write(view -> view.put(table, key, StoreFixture.image("x"), Cause.USER));
                model.computeIfAbsent(partition, unused -> new TreeSet<>()).add(sort);
            }
        }
        return model;
    }

    /** Often equal for hundreds of bytes, so that what LMDB's key holds is not enough. */
    private static Bytes key(RandomGenerator random, int least, int most) {
        int shared = new int[] {0, 0, 3, 498, 499, 500, 700}[random.nextInt(7)];
        int length = Math.min(most, Math.max(least, shared + random.nextInt(4)));
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = i < shared ? (byte) 0x41 : new byte[] {0, 1, 0x41, 0x7F, -128, -1}[random.nextInt(6)];
        }
        return Bytes.wrap(bytes);
    }

    private static void checkPartition(
            StoreFixture fixture,
            TableDescriptor table,
            Bytes partition,
            TreeSet<Bytes> sorts,
            RandomGenerator random) {
        for (int i = 0; i < 6; i++) {
            @Nullable Bound lower = bound(random);
            @Nullable Bound upper = bound(random);
            boolean forward = random.nextBoolean();
            @Nullable Bytes start = random.nextInt(3) == 0 ? key(random, 0, ItemKey.MAX_SORT_BYTES) : null;
            List<Bytes> expected = new ArrayList<>(sorts);
            expected.removeIf(sort -> lower != null && !isInside(sort.compareTo(lower.sort()), lower));
            expected.removeIf(sort -> upper != null && !isInside(-sort.compareTo(upper.sort()), upper));
            expected.removeIf(
                    sort -> start != null && (forward ? sort.compareTo(start) <= 0 : sort.compareTo(start) >= 0));
            if (!forward) {
                Collections.reverse(expected);
            }
            ScanRange range = ScanRange.partition(
                    partition, lower, upper, forward, start == null ? null : new ItemKey(partition, start));
            assertThat(scan(fixture, table, range).stream().map(ItemKey::sort).toList())
                    .as("%s", range)
                    .isEqualTo(expected);
        }
    }

    private static boolean isInside(int order, Bound bound) {
        return order > 0 || (order == 0 && bound.inclusive());
    }

    private static @Nullable Bound bound(RandomGenerator random) {
        return random.nextInt(3) == 0 ? null : new Bound(key(random, 0, ItemKey.MAX_SORT_BYTES), random.nextBoolean());
    }

    private static void checkWholeTable(
            StoreFixture fixture, TableDescriptor table, TreeMap<Bytes, TreeSet<Bytes>> model, RandomGenerator random) {
        List<ItemKey> expected = new ArrayList<>();
        model.forEach((partition, sorts) -> sorts.forEach(sort -> expected.add(new ItemKey(partition, sort))));
        List<ItemKey> all = scan(fixture, table, ScanRange.table(null));
        assertThat(all).containsExactlyInAnyOrderElementsOf(expected);
        if (!all.isEmpty()) {
            int place = random.nextInt(all.size());
            assertThat(scan(fixture, table, ScanRange.table(all.get(place))))
                    .isEqualTo(all.subList(place + 1, all.size()));
        }
        int segments = random.nextInt(1, 5);
        List<ItemKey> together = new ArrayList<>();
        for (int segment = 0; segment < segments; segment++) {
            together.addAll(scan(fixture, table, ScanRange.segment(segment, segments, null)));
        }
        assertThat(together).isEqualTo(all);
    }

    private static List<ItemKey> scan(StoreFixture fixture, TableDescriptor table, ScanRange range) {
        return fixture.store.read(view -> {
            List<ItemKey> keys = new ArrayList<>();
            view.scan(table, range, item -> keys.add(item.key()));
            return keys;
        });
    }

    @Test
    void aThousandSortKeysMayShareTheirFirst499Bytes() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("bucket"))) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, false);
            Bytes partition = Bytes.wrap(new byte[] {1});
            TreeSet<Bytes> sorts = new TreeSet<>();
            for (int i = 0; i < 1_000; i++) {
                byte[] sort = new byte[502];
                sort[500] = (byte) (i * 31);
                sort[501] = (byte) (i >> 3);
                sorts.add(Bytes.wrap(sort));
                fixture.write(view ->
                        view.put(table, new ItemKey(partition, Bytes.wrap(sort)), StoreFixture.image("x"), Cause.USER));
            }
            assertThat(scan(fixture, table, ScanRange.partition(partition, null, null, true, null)).stream()
                            .map(ItemKey::sort)
                            .toList())
                    .isEqualTo(List.copyOf(sorts));
        }
    }
}
