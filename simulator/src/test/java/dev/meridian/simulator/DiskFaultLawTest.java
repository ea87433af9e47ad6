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
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.lmdb.DiskFaults;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.Cause;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two regions write while the disk of each fails at any step of a commit, also of the one that opens the store again.
 * Then the disks heal: both regions hold the same, what was acknowledged or something later, no partition has stopped, and
 * no version was given twice.
 */
class DiskFaultLawTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final int SCHEDULES = Integer.getInteger("meridian.schedules", 40);
    private static final int[] ERRNOS = {5, 28, 30, 122};

    @TempDir
    Path folder;

    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger reopenings = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    @Test
    void whatWasAcknowledgedStaysAndRegionsConverge() {
        Property.holds(SCHEDULES, random -> new World(random).run());
        assertThat(reopenings.get()).as("stores opened again").isPositive();
        assertThat(refused.get()).as("writes refused").isPositive();
    }

    private final class World {
        private final RandomGenerator random;
        private final Map<RegionId, MemoryBus> buses = new TreeMap<>();
        private final Map<RegionId, Map<DiskFaults.Step, Integer>> disks = new TreeMap<>();
        private final List<HandTurnedRegion> regions = new ArrayList<>();
        private final Map<ItemKey, Version> acknowledged =
                new TreeMap<>(java.util.Comparator.comparing(ItemKey::toString));
        private final Map<Version, String> values = new TreeMap<>();
        private final TableId table;
        private long nowMillis = 1_000_000;
        private int writes;

        World(RandomGenerator random) throws IOException {
            this.random = random;
            this.table = new TableId(new UUID(random.nextLong(), random.nextLong()));
            for (String name : List.of("a", "b")) {
                buses.put(new RegionId(name), new MemoryBus());
                disks.put(new RegionId(name), new EnumMap<>(DiskFaults.Step.class));
            }
            Path world = folder.resolve("w" + rounds.getAndIncrement());
            Ports ports = new Ports() {
                @Override
                public DiskFaults disk(RegionId region) {
                    return step -> disks.get(region).getOrDefault(step, 0);
                }
            };
            for (RegionId id : buses.keySet()) {
                regions.add(new HandTurnedRegion(
                        id,
                        world.resolve(id.value()),
                        new TreeMap<>(buses),
                        () -> Instant.ofEpochMilli(nowMillis),
                        random,
                        new HandTurnedRegion.Settings(Duration.ZERO, 1, false),
                        ports,
                        duty -> () -> {}));
            }
        }

        void run() {
            HandTurnedRegion first = regions.get(0);
            first.done(first.store.write(view -> {
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
            first.done(first.control.update(
                    first.store.catalog().table(table),
                    List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, new RegionId("b")))));
            settle("replicas are active", () -> regions.stream().allMatch(this::isActive));
            for (int step = 0; step < 600; step++) {
                if (random.nextInt(10) == 0) {
                    disturb();
                }
                HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
                if (random.nextInt(4) == 0) {
                    write(region);
                }
                turn(region);
                nowMillis += random.nextInt(50);
            }
            disks.values().forEach(Map::clear);
            settle("both hold the same", this::isSame);
            regions.forEach(region -> {
                assertThat(region.status()).doesNotContain("UNREADABLE");
                assertThat(region.store.fault()).isEmpty();
                reopenings.addAndGet((int) region.store.reopenings());
            });
            acknowledged.forEach((key, version) -> {
                Stamp held = Objects.requireNonNull(stamp(first, key));
                assertThat(held.version()).as("item " + key).isGreaterThanOrEqualTo(version);
                assertThat(values.getOrDefault(held.version(), text(first, key)))
                        .isEqualTo(text(first, key));
            });
            regions.forEach(HandTurnedRegion::close);
        }

        private boolean isActive(HandTurnedRegion region) {
            TableDescriptor here = region.store.catalog().table(table);
            return here != null
                    && here.replicated()
                    && region.control.replicas(here).stream()
                            .allMatch(replica -> replica.status().equals("ACTIVE"));
        }

        private void disturb() {
            RegionId id = regions.get(random.nextInt(regions.size())).id;
            Map<DiskFaults.Step, Integer> disk = Objects.requireNonNull(disks.get(id));
            disk.clear();
            for (DiskFaults.Step step : DiskFaults.Step.values()) {
                if (random.nextInt(6) == 0) {
                    disk.put(step, ERRNOS[random.nextInt(ERRNOS.length)]);
                }
            }
        }

        private void write(HandTurnedRegion region) {
            TableDescriptor here = Objects.requireNonNull(region.store.catalog().table(table));
            AttributeValue pk = new AttributeValue.S("item " + random.nextInt(10));
            ItemKey key = ItemKey.of(pk, null);
            String value = region.id + " " + writes++;
            Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", pk, "v", new AttributeValue.S(value)))));
            region.store.write(view -> view.put(here, key, image, Cause.USER)).whenComplete((version, failure) -> {
                if (failure == null) {
                    acknowledged.merge(key, version, (x, y) -> x.compareTo(y) > 0 ? x : y);
                    assertThat(values.put(version, value)).isNull();
                } else {
                    assertThat(failure).isInstanceOf(StorageFaultException.class);
                    refused.incrementAndGet();
                }
            });
        }

        /** As a node does, which turns a duty again that found the store neither readable nor writable. */
        private void turn(HandTurnedRegion region) {
            try {
                region.turnOne();
            } catch (StorageFaultException away) {
                // Its next turn tries again.
            }
        }

        private void settle(String what, java.util.function.BooleanSupplier condition) {
            for (int round = 0; round < 2_000; round++) {
                for (HandTurnedRegion region : regions) {
                    try {
                        region.turnAll();
                    } catch (StorageFaultException away) {
                        turn(region);
                    }
                }
                nowMillis += 50;
                if (condition.getAsBoolean()) {
                    return;
                }
            }
            throw new AssertionError(
                    what + ": " + regions.get(0).status() + regions.get(1).status());
        }

        private boolean isSame() {
            return regions.stream()
                            .allMatch(region -> region.store.fault().isEmpty()
                                    && acknowledged.keySet().stream().allMatch(key -> stamp(region, key) != null))
                    && acknowledged.keySet().stream()
                            .allMatch(key -> Objects.requireNonNull(stamp(regions.get(0), key))
                                    .version()
                                    .equals(Objects.requireNonNull(stamp(regions.get(1), key))
                                            .version()));
        }

        private Stamp stamp(HandTurnedRegion region, ItemKey key) {
            return region.store.read(
                    view -> view.stamp(Objects.requireNonNull(view.catalog().table(table)), key));
        }

        private String text(HandTurnedRegion region, ItemKey key) {
            return region.store.read(view -> {
                StoredItem item = Objects.requireNonNull(
                        view.get(Objects.requireNonNull(view.catalog().table(table)), key));
                return ((AttributeValue.S) Objects.requireNonNull(item.item().get("v"))).value();
            });
        }
    }
}
