package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Cause;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes and deletes in three regions, while the regions' buses come and go, records are late by any amount against each
 * other, replicas are added and regions start anew and read again what they had not finished. Then all heals: all three
 * hold the same, and under each key the write with the highest version.
 */
class ConvergenceLawTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final int SCHEDULES = Integer.getInteger("meridian.schedules", 60);

    @TempDir
    Path folder;

    private int round;

    @Test
    void allRegionsHoldTheSameAndTheHighestVersionWins() {
        Property.holds(SCHEDULES, random -> new World(folder.resolve("w" + round++), random).run());
    }

    private static final class World {
        private final RandomGenerator random;
        private final SortedMap<RegionId, MemoryBus> buses = new TreeMap<>();
        private final List<HandTurnedRegion> regions = new ArrayList<>();
        private final Map<ItemKey, Version> highest = new HashMap<>();
        private final TableId table;
        private long nowMillis = 1_000_000;

        World(Path folder, RandomGenerator random) throws IOException {
            this.random = random;
            this.table = new TableId(new UUID(random.nextLong(), random.nextLong()));
            for (String name : List.of("a", "b", "c")) {
                buses.put(new RegionId(name), new MemoryBus());
            }
            for (RegionId id : buses.keySet()) {
                // Clocks that disagree, within the bound.
                long skew = random.nextInt(-400, 400);
                regions.add(new HandTurnedRegion(
                        id, folder.resolve(id.value()), buses, () -> Instant.ofEpochMilli(nowMillis + skew), random));
            }
        }

        void run() throws IOException {
            createTable(regions.get(0));
            int addAt = random.nextInt(200);
            for (int step = 0; step < 600; step++) {
                if (step == addAt) {
                    addReplicas(regions.get(0));
                }
                step();
                nowMillis += random.nextInt(20);
            }
            heal();
            check();
            regions.forEach(HandTurnedRegion::close);
        }

        private void step() throws IOException {
            HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
            int choice = random.nextInt(100);
            if (choice < 15) {
                write(region);
            } else if (choice < 96) {
                region.turnOne();
            } else if (choice < 97) {
                region.restart();
            } else if (choice < 99) {
                buses.get(region.id).down();
            } else {
                buses.get(region.id).up();
            }
        }

        private void createTable(HandTurnedRegion region) {
            region.done(region.store.write(view -> {
                view.putTable(new TableDescriptor(
                        view.nextTableNumber(),
                        table,
                        "table",
                        SCHEMA,
                        TableStatus.ACTIVE,
                        false,
                        2,
                        new TableSettings(TableSettings.BillingMode.PAY_PER_REQUEST, 0, 0, false),
                        nowMillis,
                        List.of()));
                return true;
            }));
        }

        private void addReplicas(HandTurnedRegion region) {
            region.done(region.control.update(
                    region.store.catalog().table(table),
                    List.of(
                            new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, new RegionId("b")),
                            new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, new RegionId("c")))));
        }

        private void write(HandTurnedRegion region) {
            TableDescriptor local = region.store.catalog().table(table);
            if (local == null || local.status() == TableStatus.CREATING) {
                return;
            }
            AttributeValue pk = new AttributeValue.S("k" + random.nextInt(12));
            ItemKey key = ItemKey.of(pk, null);
            Bytes image = Bytes.wrap(
                    ItemCodec.encode(Item.of(Map.of("pk", pk, "v", AttributeValue.N.of(random.nextInt(1000))))));
            boolean delete = random.nextInt(3) == 0;
            Version version = region.done(region.store.write(view -> delete
                    ? view.delete(view.catalog().table(table), key, Cause.USER)
                    : view.put(view.catalog().table(table), key, image, Cause.USER)));
            if (version != null) {
                highest.merge(key, version, (a, b) -> a.compareTo(b) > 0 ? a : b);
            }
        }

        private void heal() {
            buses.values().forEach(MemoryBus::up);
            for (int i = 0; i < 600; i++) {
                regions.forEach(HandTurnedRegion::turnAll);
                nowMillis += 20;
            }
        }

        private Map<ItemKey, Version> held(HandTurnedRegion region, Map<ItemKey, Bytes> images) {
            TableDescriptor local = region.store.catalog().table(table);
            assertThat(local).as("table in " + region.id).isNotNull();
            assertThat(local.status()).isEqualTo(TableStatus.ACTIVE);
            Map<ItemKey, Version> held = new HashMap<>();
            for (ReadView.Versioned entry :
                    region.store.read(view -> view.copy(local, null, 1_000, Integer.MAX_VALUE))) {
                if (entry.image() != null) {
                    images.put(entry.key(), entry.image());
                }
                held.put(entry.key(), entry.stamp().version());
            }
            return held;
        }

        private void check() {
            Map<ItemKey, Bytes> first = new HashMap<>();
            Map<ItemKey, Version> versions = held(regions.get(0), first);
            for (HandTurnedRegion region : regions) {
                Map<ItemKey, Bytes> images = new HashMap<>();
                Map<ItemKey, Version> mine = held(region, images);
                assertThat(images).as("items of " + region.id).isEqualTo(first);
                // A delete before the table replicated leaves no tombstone: then nothing is held, anywhere.
                mine.forEach((key, version) -> assertThat(version).isEqualTo(highest.get(key)));
                first.keySet().forEach(key -> assertThat(mine).containsEntry(key, highest.get(key)));
                checkStream(region);
            }
            assertThat(versions.keySet()).containsAll(first.keySet());
        }

        /** Each change of the region once, and in order. */
        private void checkStream(HandTurnedRegion region) {
            Set<String> seen = new HashSet<>();
            for (int partition = 0; partition < 2; partition++) {
                long last = 0;
                TopicPartition at = new TopicPartition("meridian." + region.id + ".table.stream", partition);
                for (BusRecord record : buses.get(region.id).records(at)) {
                    long sequence = Long.parseLong(record.headers().get("sequence"));
                    assertThat(sequence).isGreaterThan(last);
                    assertThat(seen.add(record.headers().get("sequence"))).isTrue();
                    last = sequence;
                }
            }
        }
    }
}
