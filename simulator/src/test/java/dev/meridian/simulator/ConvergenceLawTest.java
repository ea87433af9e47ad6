package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
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
import dev.meridian.node.control.DrainCertificate;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.TableStreams;
import dev.meridian.node.store.WriteView;
import dev.meridian.simulator.check.ConflictOracle;
import dev.meridian.simulator.check.RecordedBus;
import dev.meridian.simulator.check.RecordedStore;
import dev.meridian.simulator.check.WrittenItem;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes and deletes in three regions, while the regions' buses come and go, records are late by any amount against each
 * other, replicas are added, removed, called off and added again, directions are paused, regions stand still for longer
 * than others wait for them, Kafka forgets what was still needed, clocks are five seconds off and jump, tombstones go, and
 * regions end, in good order or before or behind anything that they make durable, start anew and read again what they had
 * not finished; settings and indexes are changed anywhere. At any time, what a region says that it has applied, and what a
 * drain certificate says that another has, is applied there. Then all heals: all three hold the same, under each key the
 * write with the highest version, where a delete is a write, and are set up the same; and exactly those writes are in the
 * conflict feeds that were concurrent.
 */
class ConvergenceLawTest {
    private static final int SCHEDULES = Integer.getInteger("meridian.schedules", 60);

    @TempDir
    Path folder;

    private final Seen seen = new Seen();
    private final AtomicInteger rounds = new AtomicInteger();

    /** How often what the schedules are to show did happen. */
    private static final class Seen {
        final AtomicInteger evicted = new AtomicInteger();
        final AtomicInteger reloading = new AtomicInteger();
        final AtomicInteger rewritten = new AtomicInteger();
        final AtomicInteger conflicts = new AtomicInteger();
        final ConcurrentSkipListMap<CrashPoints.Point, Integer> crashes = new ConcurrentSkipListMap<>();
    }

    @Test
    void allRegionsHoldTheSameAndTheHighestVersionWins() {
        Property.holdsConcurrently(
                SCHEDULES, random -> new World(folder.resolve("w" + rounds.getAndIncrement()), random, seen).run());
        if (rounds.get() >= 100) {
            assertThat(seen.evicted.get()).as("evictions").isPositive();
            assertThat(seen.reloading.get()).as("reloads").isPositive();
            assertThat(seen.rewritten.get())
                    .as("writes that were missed, and written anew")
                    .isPositive();
            assertThat(seen.conflicts.get()).as("conflicts").isGreaterThan(rounds.get());
        }
        if (rounds.get() >= 300) {
            for (String step : CrashPoints.STEPS) {
                assertThat(seen.crashes)
                        .as("crashes")
                        .containsKeys(new CrashPoints.Point(step, true), new CrashPoints.Point(step, false));
            }
        }
    }

    private static final class World {
        /** A write and what it was written to. */
        private record Written(ItemKey key, Version version, boolean delete) {}

        /** What may go wrong beside buses and links, in one schedule. */
        private enum Trouble {
            MEMBERS,
            /** Kafka forgets; replicas stay, for what only a topic has is lost when its region leaves. */
            RETENTION,
            /** Regions are evicted; replicas stay, for one that is removed while it is evicted has no say. */
            EVICTION
        }

        private static final Duration EVICT_AFTER = Duration.ofSeconds(3);
        private static final int SKEW_MILLIS = 5_000;

        private final RandomGenerator random;
        private final Seen seen;
        private final Trouble trouble;
        private final SortedMap<RegionId, MemoryBus> buses = new TreeMap<>();
        private final List<HandTurnedRegion> regions = new ArrayList<>();
        private final Map<RegionId, Long> skewMillis = new TreeMap<>();
        private final Map<RegionId, Long> frozenUntilMillis = new TreeMap<>();
        private final Map<ItemKey, Written> highest = new HashMap<>();
        private final Map<ItemKey, Version> forgotten = new HashMap<>();
        private final Map<Version, Written> written = new LinkedHashMap<>();
        private final TableId table;
        private final ReplicatedTable replicated;
        private final ConflictOracle oracle;
        private final CrashPoints crashes;
        private final Map<RegionId, List<List<RecordedStore.Edit>>> committed = new HashMap<>();
        private boolean isEnding;
        private boolean isWriting;
        private long nowMillis = 1_000_000;
        private int keys = 12;

        World(Path folder, RandomGenerator random, Seen seen) throws IOException {
            this.random = random;
            this.seen = seen;
            this.trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
            this.table = new TableId(new UUID(random.nextLong(), random.nextLong()));
            this.replicated = new ReplicatedTable(table);
            for (String name : List.of("a", "b", "c")) {
                buses.put(new RegionId(name), new MemoryBus());
            }
            this.oracle = new ConflictOracle(table, buses);
            this.crashes = new CrashPoints(point -> seen.crashes.merge(point, 1, Integer::sum));
            int skew = random.nextBoolean() ? 400 : SKEW_MILLIS;
            for (RegionId id : buses.keySet()) {
                skewMillis.put(id, random.nextLong(-skew, skew));
                regions.add(new HandTurnedRegion(
                        id,
                        folder.resolve(id.value()),
                        new TreeMap<>(buses),
                        () -> Instant.ofEpochMilli(nowMillis + skewMillis.get(id)),
                        random,
                        new HandTurnedRegion.Settings(
                                trouble == Trouble.EVICTION ? EVICT_AFTER : Duration.ZERO, 1, false),
                        Ports.both(crashes, new Recorder()),
                        duty -> () -> {}));
            }
            regions.forEach(region -> region.afterEachCommit(() -> observe(region)));
        }

        /** Sees what regions do, whether they live to see it themselves or not. */
        private final class Recorder implements Ports {
            @Override
            public Store store(RegionId id, Store store) {
                return new RecordedStore(store, edits -> {
                    if (!isEnding) {
                        committed
                                .computeIfAbsent(id, unused -> new ArrayList<>())
                                .add(List.copyOf(edits));
                    }
                });
            }

            @Override
            public OrderedBus bus(RegionId id, OrderedBus bus) {
                return new RecordedBus(bus, records -> oracle.appending(region(id), records));
            }
        }

        private HandTurnedRegion region(RegionId id) {
            return regions.stream()
                    .filter(region -> region.id.equals(id))
                    .findFirst()
                    .orElseThrow();
        }

        private void observe(HandTurnedRegion region) {
            List<List<RecordedStore.Edit>> works = committed.remove(region.id);
            if (works == null) {
                return;
            }
            for (List<RecordedStore.Edit> edits : works) {
                oracle.took(region, edits);
                for (RecordedStore.Edit edit : edits) {
                    if (edit instanceof RecordedStore.Edit.Own own) {
                        wrote(region, own.write());
                    }
                }
            }
            oracle.observe(region);
        }

        /** Something done with a region, in which it may end. */
        private interface Action {
            void run() throws IOException;
        }

        private void tryWith(HandTurnedRegion region, Action action) throws IOException {
            try {
                action.run();
            } catch (CrashPoints.Crash crash) {
                isEnding = true;
                region.kill();
                isEnding = false;
            }
        }

        private void restart(HandTurnedRegion region) throws IOException {
            crashes.beforeEnd(region.id);
            region.restart();
        }

        void run() throws IOException {
            try {
                live();
            } catch (AssertionError broken) {
                throw new AssertionError(trouble + ": " + broken.getMessage() + "\n" + describe(), broken);
            }
        }

        private String describe() {
            StringBuilder text = new StringBuilder("at " + nowMillis + ", clocks off by " + skewMillis);
            regions.forEach(region -> text.append("\n").append(region.status()));
            regions.forEach(region -> text.append(replicated.describe(region)));
            written.values().forEach(write -> text.append("\n").append(write));
            return text.toString();
        }

        private void live() throws IOException {
            replicated.create(regions.get(0), nowMillis);
            int addAt = random.nextInt(200);
            for (int step = 0; step < 600; step++) {
                if (step == addAt) {
                    replicated.addReplicas(regions.get(0), List.of(other(1), other(2)));
                }
                if (step > addAt && trouble == Trouble.MEMBERS && random.nextInt(100) == 0) {
                    tryWith(regions.get(0), this::changeReplicas);
                }
                if (random.nextInt(60) == 0) {
                    HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
                    tryWith(region, () -> changeSettings(region));
                }
                if (step > addAt && random.nextInt(100) == 0) {
                    crashes.arm(regions.get(random.nextInt(regions.size())).id, random);
                }
                step();
                nowMillis += random.nextInt(20);
                checkClaims(regions.get(random.nextInt(regions.size())));
                checkCertificate();
            }
            heal();
            addMissing();
            heal();
            contend();
            regions.forEach(region -> crashes.disarm(region.id));
            heal();
            check();
            checkSettings();
            seen.conflicts.addAndGet(oracle.conflicts());
            regions.forEach(HandTurnedRegion::close);
        }

        /** All have the table, and write to a few items faster than they hear of each other. */
        private void contend() throws IOException {
            keys = 4;
            for (int step = 0; step < 600; step++) {
                HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
                int choice = random.nextInt(100);
                if (choice < 8) {
                    tryWith(region, () -> write(region));
                } else if (choice < 9) {
                    restart(region);
                } else if (choice < 10) {
                    crashes.arm(region.id, random);
                } else if (choice < 11) {
                    buses.get(region.id).down();
                } else if (choice < 15) {
                    buses.get(region.id).up();
                } else {
                    tryWith(region, region::turnOne);
                }
                nowMillis += random.nextInt(20);
                checkClaims(regions.get(random.nextInt(regions.size())));
                checkCertificate();
            }
        }

        private void step() throws IOException {
            HandTurnedRegion region = regions.get(random.nextInt(regions.size()));
            if (frozenUntilMillis.getOrDefault(region.id, 0L) > nowMillis) {
                return;
            }
            int choice = random.nextInt(1_000);
            if (choice < 150) {
                tryWith(region, () -> write(region));
            } else if (choice < 920) {
                tryWith(region, region::turnOne);
            } else if (choice < 940) {
                goOnForAWhile();
            } else if (choice < 950) {
                restart(region);
            } else if (choice < 965) {
                buses.get(region.id).down();
            } else if (choice < 975) {
                buses.get(region.id).up();
            } else if (choice < 985) {
                RegionId from = other(random.nextInt(regions.size()));
                if (!from.equals(region.id)) {
                    boolean paused = random.nextBoolean();
                    tryWith(region, () -> region.done(region.control.pause(from, paused)));
                }
            } else if (choice < 990) {
                skewMillis.put(region.id, random.nextLong(-SKEW_MILLIS, SKEW_MILLIS));
            } else if (choice < 995) {
                frozenUntilMillis.put(region.id, nowMillis + random.nextInt(6_000));
            } else if (trouble == Trouble.RETENTION) {
                forget(region.id);
            }
        }

        /** All that do not stand still turn, so that heartbeats come through and tombstones go. */
        private void goOnForAWhile() throws IOException {
            for (int i = 0; i < 40; i++) {
                for (HandTurnedRegion region : regions) {
                    if (frozenUntilMillis.getOrDefault(region.id, 0L) <= nowMillis) {
                        tryWith(region, region::turnAll);
                    }
                }
                nowMillis += 50;
                look();
            }
        }

        private void look() {
            HandTurnedRegion first = regions.get(0);
            TableDescriptor local = first.store.catalog().table(table);
            if (trouble != Trouble.MEMBERS && local != null) {
                for (ReplicaDescription replica : first.control.replicas(local)) {
                    boolean has = regions.stream()
                            .filter(region -> region.id.equals(replica.region()))
                            .map(region -> region.store.catalog().table(table))
                            .anyMatch(there -> there != null && there.status() != TableStatus.CREATING);
                    seen.evicted.addAndGet(replica.status().equals("REGION_DISABLED") ? 1 : 0);
                    seen.reloading.addAndGet(has && replica.status().equals("CREATING") ? 1 : 0);
                }
            }
        }

        /** Kafka keeps no longer what a region has published so far, or a part of it. */
        private void forget(RegionId region) {
            for (int partition = 0; partition < ReplicatedTable.PARTITIONS; partition++) {
                TopicPartition at = ReplicatedTable.topic(region, "replication", partition);
                List<BusRecord> kept = buses.get(region).records(at);
                if (!kept.isEmpty()) {
                    int gone = random.nextInt(kept.size()) + 1;
                    buses.get(region).trim(at, kept.get(gone - 1).offset() + 1);
                }
            }
        }

        private void note(Written write) {
            written.put(write.version(), write);
            highest.merge(write.key(), write, (a, b) -> a.version().compareTo(b.version()) > 0 ? a : b);
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
                // The region still has the table of the membership before; or it has just said that it left.
                assertThat(kind == ReplicaUpdate.Kind.CREATE
                                || notNow.getMessage().contains("was not found"))
                        .as(kind + ": " + notNow.getMessage())
                        .isTrue();
            }
        }

        /** Settings and indexes, in any region that has the table, whoever hears of it. */
        private void changeSettings(HandTurnedRegion region) {
            TableDescriptor local = replicated.in(region);
            if (local == null) {
                return;
            }
            int choice = random.nextInt(6);
            int number = random.nextInt(1, 1000);
            String name = "index" + random.nextInt(2);
            String attribute = random.nextBoolean() ? "v" : "w";
            region.done(region.control.change(local, (view, now) -> switch (choice) {
                case 0 -> now.withSettings(now.settings().provisioned(number, number));
                case 1 -> now.withSettings(now.settings().onDemand(nowMillis));
                case 2 -> now.withSettings(now.settings().withTimeToLive("expiry" + number));
                case 3 -> {
                    // Disabled or of another type: more than an operation may do while there are replicas.
                    Optional<StreamViewType> wanted = number % 5 == 0
                            ? Optional.empty()
                            : Optional.of(StreamViewType.values()[number % StreamViewType.values().length]);
                    TableStreams.change(view, now, wanted, nowMillis);
                    yield now;
                }
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
                Optional<StreamViewType> stream = region.store.read(view -> TableStreams.viewType(view, local));
                assertThat(stream)
                        .isEqualTo(regions.get(0)
                                .store
                                .<Optional<StreamViewType>>read(view -> TableStreams.viewType(view, first)));
                assertThat(indexes(region)).as("indexes of " + region.id).isEqualTo(indexes(regions.get(0)));
            }
        }

        private void addMissing() {
            HandTurnedRegion first = regions.get(0);
            // Asked for once.
            crashes.disarm(first.id);
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
            VersionVector applied = region.control.applied();
            checkHeld(region, version -> applied.includes(version), "says that it has applied");
        }

        /** What is certified is there: asked anywhere, also where the answer is known from heartbeats only. */
        private void checkCertificate() {
            HandTurnedRegion asked = regions.get(random.nextInt(regions.size()));
            HandTurnedRegion from = regions.get(random.nextInt(regions.size()));
            HandTurnedRegion to = regions.get(random.nextInt(regions.size()));
            if (from == to || (asked != to && trouble == Trouble.MEMBERS)) {
                // A replica that left, and came again, is not the one that spoke.
                return;
            }
            DrainCertificate certificate = DrainCertificate.of(asked.control, from.id, to.id);
            checkHeld(
                    to,
                    version -> version.region().equals(from.id)
                            && version.time().compareTo(certificate.holdsThrough()) <= 0,
                    "is certified by " + asked.id + " to hold");
        }

        private void checkHeld(HandTurnedRegion region, Predicate<Version> claimed, String says) {
            TableDescriptor local = replicated.in(region);
            if (local == null) {
                return;
            }
            List<Written> told = written.values().stream()
                    .filter(write -> claimed.test(write.version()))
                    .toList();
            if (told.isEmpty()) {
                return;
            }
            region.store.read(view -> {
                VersionVector floor = view.floor(local);
                Map<ItemKey, Optional<Stamp>> stamps = new HashMap<>();
                Set<ItemKey> absent = new HashSet<>();
                for (Written write : told) {
                    Optional<Stamp> there = stamps.computeIfAbsent(write.key(), key -> {
                        if (view.get(local, key) == null) {
                            absent.add(key);
                        }
                        return Optional.ofNullable(view.stamp(local, key));
                    });
                    // A tombstone that is older than what has been collected elsewhere: as if there were nothing.
                    boolean isOld = absent.contains(write.key()) && floor.includes(write.version());
                    Stamp held = isOld ? null : there.orElse(null);
                    if (!isHeldOrOvertaken(write, held)) {
                        throw new AssertionError(region.id + " " + says + " " + write + ", and has " + held);
                    }
                }
                return true;
            });
        }

        private boolean isHeldOrOvertaken(Written write, @Nullable Stamp held) {
            return isOvertakenAfterEviction(write)
                    || isForgotten(write)
                    || (held == null ? isDeletedSince(write) : held.version().compareTo(write.version()) >= 0);
        }

        /** It was deleted before the table was replicated, when a delete left nothing. */
        private boolean isForgotten(Written write) {
            Version traceless = forgotten.get(write.key());
            return traceless != null && traceless.compareTo(write.version()) > 0;
        }

        /** Its tombstone may have gone. */
        private boolean isDeletedSince(Written write) {
            return written.values().stream()
                    .anyMatch(other -> other.delete()
                            && other.key().equals(write.key())
                            && other.version().compareTo(write.version()) >= 0);
        }

        /** A region that comes back after an eviction does not write anew what it has found a later version of. */
        private boolean isOvertakenAfterEviction(Written write) {
            return trouble == Trouble.EVICTION && !write.equals(highest.get(write.key()));
        }

        private void write(HandTurnedRegion region) {
            if (replicated.in(region) == null) {
                return;
            }
            isWriting = true;
            CompletionStage<@Nullable Version> written = replicated.write(region, random, keys);
            try {
                region.done(written);
            } finally {
                isWriting = false;
            }
        }

        /** A region has committed a write: one that was asked for, or one that the others had missed and it writes anew. */
        private void wrote(HandTurnedRegion region, WrittenItem write) {
            assertThat(isWriting || trouble == Trouble.EVICTION).isTrue();
            seen.rewritten.addAndGet(isWriting ? 0 : 1);
            if (write.isDelete() && !region.store.catalog().table(table).replicated()) {
                // As if nothing had ever been there: a slower clock may write below it.
                highest.remove(write.key());
                forgotten.put(write.key(), write.version());
                oracle.forgot(region.id, write.key());
            } else {
                note(new Written(write.key(), write.version(), write.isDelete()));
                oracle.wrote(region.id, write.key(), write.version(), write.image());
            }
        }

        private void heal() throws IOException {
            buses.values().forEach(MemoryBus::up);
            for (int i = 0; i < 800; i++) {
                for (HandTurnedRegion region : regions) {
                    for (RegionId from : region.control.paused()) {
                        tryWith(region, () -> region.done(region.control.pause(from, false)));
                    }
                    tryWith(region, region::turnAll);
                }
                nowMillis += 40;
            }
        }

        private void check() {
            Map<ItemKey, Bytes> first = new HashMap<>();
            replicated.held(regions.get(0), first);
            for (HandTurnedRegion region : regions) {
                Map<ItemKey, Bytes> images = new HashMap<>();
                Map<ItemKey, Version> mine = replicated.held(region, images);
                assertThat(images).as("items of " + region.id).isEqualTo(first);
                assertThat(highest.keySet()).containsAll(mine.keySet());
                mine.forEach((key, version) ->
                        assertThat(version).isEqualTo(highest.get(key).version()));
                highest.forEach((key, write) -> {
                    if (write.delete()) {
                        assertThat(images).as("was deleted by " + write).doesNotContainKey(key);
                    } else {
                        assertThat(mine).containsEntry(key, write.version());
                    }
                });
                // All have applied all, and nobody writes any more.
                assertThat(region.store.<Long>read(view ->
                                view.statistics(view.catalog().table(table)).tombstones()))
                        .as("tombstones in " + region.id + ": " + region.status())
                        .isZero();
                checkStream(region);
                checkConflictFeed(region);
            }
            oracle.checkNoneIsMissed();
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
            for (int partition = 0; partition < ReplicatedTable.PARTITIONS; partition++) {
                long last = 0;
                TopicPartition at = ReplicatedTable.topic(region.id, "stream", partition);
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
