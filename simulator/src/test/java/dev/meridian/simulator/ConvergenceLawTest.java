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
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
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
 * not finished; settings and indexes are changed anywhere. At any time, what a region says that it has applied is applied
 * there. Then all heals: all three hold the same, under each key the write with the highest version, and are set up the
 * same; and exactly those writes are in the conflict feeds that were concurrent.
 */
class ConvergenceLawTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final int SCHEDULES = Integer.getInteger("meridian.schedules", 60);

    @TempDir
    Path folder;

    private int round;
    private int conflicts;

    @Test
    void allRegionsHoldTheSameAndTheHighestVersionWins() {
        int schedules = Property.holds(
                SCHEDULES, random -> conflicts += new World(folder.resolve("w" + round++), random).run());
        if (schedules >= 60) {
            assertThat(conflicts).as("conflicts in all schedules").isGreaterThan(2 * schedules);
        }
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
        private final ConflictOracle oracle;
        private long nowMillis = 1_000_000;
        private int keys = 12;

        World(Path folder, RandomGenerator random) throws IOException {
            this.random = random;
            this.table = new TableId(new UUID(random.nextLong(), random.nextLong()));
            for (String name : List.of("a", "b", "c")) {
                buses.put(new RegionId(name), new MemoryBus());
            }
            this.oracle = new ConflictOracle(table, buses);
            for (RegionId id : buses.keySet()) {
                // Clocks that disagree, within the bound.
                long skew = random.nextInt(-400, 400);
                regions.add(new HandTurnedRegion(
                        id, folder.resolve(id.value()), buses, () -> Instant.ofEpochMilli(nowMillis + skew), random));
            }
            regions.forEach(region -> region.afterEachTurn(() -> oracle.observe(region)));
        }

        /** @return how many conflicts there were */
        int run() throws IOException {
            createTable(regions.get(0));
            int addAt = random.nextInt(200);
            for (int step = 0; step < 600; step++) {
                if (step == addAt) {
                    addReplicas(regions.get(0));
                }
                if (step > addAt && random.nextInt(100) == 0) {
                    changeReplicas();
                }
                if (random.nextInt(60) == 0) {
                    changeSettings(regions.get(random.nextInt(regions.size())));
                }
                step();
                nowMillis += random.nextInt(20);
                checkClaims(regions.get(random.nextInt(regions.size())));
            }
            heal();
            addMissing();
            heal();
            contend();
            heal();
            check();
            checkSettings();
            regions.forEach(HandTurnedRegion::close);
            return oracle.conflicts();
        }

        /** All have the table, and write to a few items faster than they hear of each other. */
        private void contend() throws IOException {
            keys = 4;
            for (int step = 0; step < 600; step++) {
                HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
                int choice = random.nextInt(100);
                if (choice < 8) {
                    write(region);
                } else if (choice < 9) {
                    region.restart();
                } else if (choice < 11) {
                    buses.get(region.id).down();
                } else if (choice < 15) {
                    buses.get(region.id).up();
                } else {
                    region.turnOne();
                }
                nowMillis += random.nextInt(20);
                checkClaims(regions.get(random.nextInt(regions.size())));
            }
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

        /** Settings and indexes, in any region that has the table, whoever hears of it. */
        private void changeSettings(HandTurnedRegion region) {
            TableDescriptor local = region.store.catalog().table(table);
            if (local == null || local.status() == TableStatus.CREATING || local.status() == TableStatus.DELETING) {
                return;
            }
            int choice = random.nextInt(5);
            int number = random.nextInt(1, 1000);
            String name = "index" + random.nextInt(2);
            String attribute = random.nextBoolean() ? "v" : "w";
            region.done(region.control.change(local, (view, now) -> switch (choice) {
                case 0 -> now.withSettings(now.settings().provisioned(number, number));
                case 1 -> now.withSettings(now.settings().onDemand(nowMillis));
                case 2 -> now.withSettings(now.settings().withTimeToLive("expiry" + number));
                default -> changeIndex(view, now, name, attribute);
            }));
        }

        private static TableDescriptor changeIndex(WriteView view, TableDescriptor now, String name, String attribute) {
            IndexDescriptor old = now.index(name);
            if (old != null) {
                return now.withIndex(old.withStatus(IndexStatus.DELETING));
            }
            return now.withIndex(new IndexDescriptor(
                    view.nextTableNumber(),
                    name,
                    IndexDescriptor.Kind.GLOBAL,
                    List.of(new KeyAttribute(attribute, ScalarType.N)),
                    List.of(),
                    IndexProjection.ALL,
                    IndexStatus.CREATING,
                    false,
                    0,
                    0));
        }

        /** By name: definition, status, and how many items. */
        private SortedMap<String, String> indexes(HandTurnedRegion region) {
            TreeMap<String, String> shown = new TreeMap<>();
            for (IndexDescriptor index : region.store.catalog().table(table).indexes()) {
                long items = region.store.read(view -> view.statistics(index)).items();
                shown.put(index.name(), index.partition() + " " + index.status() + " " + items);
            }
            return shown;
        }

        private void checkSettings() {
            TableDescriptor first = regions.get(0).store.catalog().table(table);
            for (HandTurnedRegion region : regions) {
                TableDescriptor local = region.store.catalog().table(table);
                assertThat(local.settings().billingMode())
                        .isEqualTo(first.settings().billingMode());
                assertThat(local.settings().writeCapacityUnits())
                        .isEqualTo(first.settings().writeCapacityUnits());
                assertThat(local.settings().timeToLive())
                        .isEqualTo(first.settings().timeToLive());
                assertThat(indexes(region)).as("indexes of " + region.id).isEqualTo(indexes(regions.get(0)));
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
            AttributeValue pk = new AttributeValue.S("k" + random.nextInt(keys));
            ItemKey key = ItemKey.of(pk, null);
            Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of(
                    "pk",
                    pk,
                    "v",
                    AttributeValue.N.of(random.nextInt(1000)),
                    "w",
                    random.nextInt(2) == 0 ? pk : AttributeValue.N.of(1)))));
            boolean delete = random.nextInt(3) == 0;
            Version version = region.done(region.store.write(view -> delete
                    ? view.delete(view.catalog().table(table), key, Cause.USER)
                    : view.put(view.catalog().table(table), key, image, Cause.USER)));
            if (version != null) {
                boolean leavesNothing = delete && !local.replicated();
                if (leavesNothing) {
                    oracle.forgot(region.id, key);
                    written.removeIf(earlier -> earlier.key().equals(key));
                } else {
                    oracle.wrote(region.id, key, version, delete ? null : image);
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
                checkConflictFeed(region);
            }
            oracle.checkNoneIsMissed();
            assertThat(versions.keySet()).containsAll(first.keySet());
        }

        /** Each conflict that the region's store has, once and in order. */
        private void checkConflictFeed(HandTurnedRegion region) {
            List<String> published =
                    buses.get(region.id).records(new TopicPartition("meridian." + region.id + ".conflicts", 0)).stream()
                            .map(record -> record.headers().get("sequence"))
                            .toList();
            List<String> kept = region.store.conflicts().read(0, 10_000, Integer.MAX_VALUE).stream()
                    .map(conflict -> Long.toString(conflict.id()))
                    .toList();
            assertThat(published).isEqualTo(kept);
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
