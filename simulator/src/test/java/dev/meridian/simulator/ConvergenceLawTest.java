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
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ReplicaDescription;
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
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes and deletes in three regions, while the regions' buses come and go, records are late by any amount against each
 * other, replicas are added, removed, called off and added again, and regions start anew and read again what they had
 * not finished. At any time, what a region says that it has applied is applied there. Then all heals: all three hold the
 * same, and under each key the write with the highest version.
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
        /** A write and what it was written to. */
        private record Written(ItemKey key, Version version) {}

        private final RandomGenerator random;
        private final SortedMap<RegionId, MemoryBus> buses = new TreeMap<>();
        private final List<HandTurnedRegion> regions = new ArrayList<>();
        private final Map<ItemKey, Version> highest = new HashMap<>();
        private final List<Written> written = new ArrayList<>();
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
                if (step > addAt && random.nextInt(100) == 0) {
                    changeReplicas();
                }
                step();
                nowMillis += random.nextInt(20);
                checkClaims(regions.get(random.nextInt(regions.size())));
            }
            heal();
            addMissing();
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
                        TableSettings.ON_DEMAND,
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

        private RegionId other(int index) {
            return regions.get(index).id;
        }

        private Optional<String> status(HandTurnedRegion at, RegionId of) {
            return at.control.replicas(at.store.catalog().table(table)).stream()
                    .filter(replica -> replica.region().equals(of))
                    .map(ReplicaDescription::status)
                    .findFirst();
        }

        /** One comes or goes, as the first region sees it. */
        private void changeReplicas() {
            HandTurnedRegion first = regions.get(0);
            RegionId of = other(random.nextInt(1, regions.size()));
            ReplicaUpdate.Kind kind =
                    status(first, of).isPresent() ? ReplicaUpdate.Kind.DELETE : ReplicaUpdate.Kind.CREATE;
            try {
                first.done(
                        first.control.update(first.store.catalog().table(table), List.of(new ReplicaUpdate(kind, of))));
            } catch (ApiException | CompletionException notNow) {
                // The region still has the table of the membership before.
                assertThat(kind).isEqualTo(ReplicaUpdate.Kind.CREATE);
            }
        }

        private void addMissing() {
            HandTurnedRegion first = regions.get(0);
            for (int i = 1; i < regions.size(); i++) {
                if (status(first, other(i)).isEmpty()) {
                    first.done(first.control.update(
                            first.store.catalog().table(table),
                            List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, other(i)))));
                }
            }
        }

        /** What the applied vector includes is here, or something above it. */
        private void checkClaims(HandTurnedRegion region) {
            TableDescriptor local = region.store.catalog().table(table);
            if (local == null || local.status() == TableStatus.CREATING) {
                return;
            }
            VersionVector applied = region.control.applied();
            region.store.read(view -> {
                for (Written write : written) {
                    if (applied.includes(write.version())) {
                        Stamp held = view.stamp(local, write.key());
                        assertThat(held)
                                .as(region.id + " says that it has applied " + write)
                                .isNotNull();
                        assertThat(held.version())
                                .as(region.id + " says that it has applied " + write)
                                .isGreaterThanOrEqualTo(write.version());
                    }
                }
                return true;
            });
        }

        private void write(HandTurnedRegion region) {
            TableDescriptor local = region.store.catalog().table(table);
            if (local == null || local.status() == TableStatus.CREATING || local.status() == TableStatus.DELETING) {
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
                boolean leavesNothing = delete && !local.replicated();
                if (!leavesNothing) {
                    written.add(new Written(key, version));
                }
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
