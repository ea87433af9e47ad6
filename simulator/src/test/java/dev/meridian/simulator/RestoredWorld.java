package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.control.DataLoss;
import dev.meridian.node.control.DrainCertificate;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.check.RecordedStore;
import dev.meridian.simulator.check.SurvivingWrites;
import dev.meridian.simulator.check.WrittenItem;
import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Two or three regions that share a table, of which some get another folder, another Kafka or both behind their backs: an
 * older copy, or nothing. One schedule from one random generator; a law that does not hold is an {@link AssertionError} that
 * tells what had happened.
 */
final class RestoredWorld {
    /** Whether regions are also evicted meanwhile. In some of these schedules the law does not hold yet. */
    private static final boolean WITH_EVICTIONS = Boolean.getBoolean("meridian.restored.evicted");

    private static final int KEYS = 12;
    private static final int SKEW_MILLIS = 5_000;
    private static final int FAULTS_MOST = 3;

    /** Longer than a store keeps rows that are published. */
    private static final int LONG_MILLIS = 61_000;

    private static final Duration EVICT_AFTER = Duration.ofSeconds(3);

    private static final int ROUND_MILLIS = 40;
    private static final int ROUNDS_MOST = 2_000;
    private static final int ROUNDS_SETTLED = 75;

    /** A replica may be loaded so often for one fault, over all regions that it may be loaded from. */
    private static final int LOADS_MOST = 4;

    private final RandomGenerator random;
    private final SortedMap<RegionId, Place> places = new TreeMap<>();
    private final SortedMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final ReplicatedTable table;
    private final SurvivingWrites survivors = new SurvivingWrites();
    private final CrashPoints crashes = new CrashPoints(point -> {});
    private final Map<RegionId, List<List<RecordedStore.Edit>>> committed = new HashMap<>();
    private final Set<String> loads = new HashSet<>();
    private final List<String> history = new ArrayList<>();
    private final Consumer<Swap> swapped;

    /** A region that has not been heard for so long counts as away: nobody waits for what only it knows. */
    private static final int AWAY_MILLIS = 5_000;

    /**
     * What regions have written that were put back and did not know it yet: the others do not take it for theirs. And what
     * they had written before, if all who had it were away since: nobody can know of it until these are heard.
     */
    private final Set<Version> unsettled = new HashSet<>();

    /** By region that was put back, the history that it was put back to, until it has begun another. */
    private final Map<RegionId, Incarnation> putBack = new TreeMap<>();

    /** Whose store was exchanged since all was well. */
    private final Set<RegionId> exchanged = new HashSet<>();

    /** When a region's process and its Kafka last were there for the others. */
    private final Map<RegionId, Long> reachedMillis = new TreeMap<>();

    /** Whose store was ever exchanged. */
    private final Set<RegionId> everExchanged = new HashSet<>();

    private final Map<RegionId, Incarnation> incarnations = new TreeMap<>();

    /** By region that has rejoined, its last row before. */
    private final Map<RegionId, SequenceNumber> rejoinedBehind = new TreeMap<>();

    private int faultsSinceHealed;
    private boolean isEnding;
    private long nowMillis = 1_000_000;

    /** What is changed behind a region's back. */
    enum Swap {
        KAFKA_LOST,
        KAFKA_OLDER,
        /** The last records of each partition are gone, as when segments are damaged. */
        KAFKA_CUT,
        STORE_OLDER,
        /** Store and Kafka of one moment, as a snapshot of the volume. */
        BOTH_OLDER,
        /** Store and Kafka of different moments. */
        BOTH_OLDER_APART,
        STORE_LOST,
        FOLDER_LOST;

        boolean isOfKafkaOnly() {
            return this == KAFKA_LOST || this == KAFKA_OLDER || this == KAFKA_CUT;
        }

        boolean takesAll() {
            return this == STORE_LOST || this == FOLDER_LOST;
        }
    }

    /** What an operator has kept of a region. */
    private record Snapshot(long atMillis, byte[] store, SurvivingWrites.Copy had, MemoryBus.Copy kafka) {}

    /** Where a region is. */
    private static final class Place {
        final HandTurnedRegion region;
        final MemoryBus bus;
        final List<Snapshot> snapshots = new ArrayList<>();
        boolean isAlive = true;

        Place(HandTurnedRegion region, MemoryBus bus) {
            this.region = region;
            this.bus = bus;
        }

        RegionId id() {
            return region.id;
        }
    }

    private final Map<RegionId, Long> skewMillis = new TreeMap<>();

    /** @param swapped told of each fault */
    RestoredWorld(Path folder, RandomGenerator random, Ports planted, Consumer<Swap> swapped) throws IOException {
        this.random = random;
        this.swapped = swapped;
        this.table = new ReplicatedTable(new TableId(new UUID(random.nextLong(), random.nextLong())));
        List<String> names = random.nextInt(4) == 0 ? List.of("a", "b") : List.of("a", "b", "c");
        names.forEach(name -> buses.put(new RegionId(name), new MemoryBus()));
        Duration evictAfter = random.nextInt(3) == 0 && WITH_EVICTIONS ? EVICT_AFTER : Duration.ZERO;
        int skew = random.nextBoolean() ? 400 : SKEW_MILLIS;
        for (RegionId id : buses.keySet()) {
            skewMillis.put(id, random.nextLong(-skew, skew));
            HandTurnedRegion region = new HandTurnedRegion(
                    id,
                    folder.resolve(id.value()),
                    new TreeMap<>(buses),
                    () -> Instant.ofEpochMilli(nowMillis + skewMillis.get(id)),
                    random,
                    new HandTurnedRegion.Settings(evictAfter, 1, false),
                    Ports.both(crashes, Ports.both(new Recorder(), planted)),
                    duty -> () -> {});
            places.put(id, new Place(region, Objects.requireNonNull(buses.get(id))));
            region.afterEachCommit(() -> observe(id));
        }
        history.add(names + ", evicted after " + evictAfter);
    }

    /** Sees what regions do, whether they live to see it themselves or not. */
    private final class Recorder implements Ports {
        @Override
        public Store store(RegionId id, Store store) {
            return new RecordedStore(store, edits -> {
                if (!isEnding) {
                    committed.computeIfAbsent(id, unused -> new ArrayList<>()).add(List.copyOf(edits));
                }
            });
        }

        @Override
        public OrderedBus bus(RegionId id, OrderedBus bus) {
            return new ForwardingBus(bus) {
                @Override
                public java.util.concurrent.CompletionStage<Void> ensureTopic(TopicSpec topic) {
                    if (topic.name().contains(".copy.")) {
                        loads.add(topic.name());
                    }
                    return super.ensureTopic(topic);
                }
            };
        }
    }

    private void observe(RegionId id) {
        List<List<RecordedStore.Edit>> works = committed.remove(id);
        if (works == null) {
            return;
        }
        if (putBack.containsKey(id) && !incarnation(place(id)).equals(putBack.get(id))) {
            putBack.remove(id);
        }
        if (!incarnation(place(id)).equals(incarnations.put(id, incarnation(place(id))))) {
            rejoinedBehind.put(id, place(id).region.store.changes().last());
        }
        for (List<RecordedStore.Edit> edits : works) {
            for (RecordedStore.Edit edit : edits) {
                if (edit instanceof RecordedStore.Edit.Own own) {
                    survivors.wrote(id, own.write());
                    if (putBack.containsKey(id)
                            || mustRejoinAgain(id, own.write().version())) {
                        unsettled.add(own.write().version());
                    }
                } else if (edit instanceof RecordedStore.Edit.Applied applied) {
                    survivors.applied(id, applied.write());
                }
            }
        }
    }

    /** It has rejoined before it heard all that others say of it, and writes below that: it rejoins once more. */
    private boolean mustRejoinAgain(RegionId id, Version written) {
        return exchanged.contains(id)
                && places.values().stream()
                        .anyMatch(other -> other.isAlive
                                && !other.id().equals(id)
                                && other.region.control.applied().includes(written));
    }

    void run() throws IOException {
        try {
            live();
        } catch (AssertionError | RuntimeException broken) {
            throw new AssertionError(broken + "\n" + describe(), broken);
        } finally {
            for (Place place : places.values()) {
                if (place.isAlive) {
                    place.region.close();
                }
            }
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder(String.join("\n", history));
        text.append("\nat ").append(nowMillis).append(", clocks off by ").append(skewMillis);
        for (Place place : places.values()) {
            if (place.isAlive) {
                text.append("\n").append(place.region.status());
                text.append(table.describe(place.region));
            } else {
                text.append("\n").append(place.id()).append(" is down");
            }
        }
        survivors
                .written()
                .forEach(write -> text.append("\n")
                        .append(SurvivingWrites.describe(write))
                        .append(", ")
                        .append(survivors.heldBy(write)));
        return text.toString();
    }

    private void note(String what) {
        history.add(nowMillis + ": " + what);
    }

    private void live() throws IOException {
        List<RegionId> ids = List.copyOf(places.keySet());
        table.create(place(ids.get(0)).region, nowMillis);
        table.addReplicas(place(ids.get(0)).region, ids.subList(1, ids.size()));
        heal();
        int faults = random.nextInt(FAULTS_MOST) + 1;
        for (int i = 0; i < faults; i++) {
            for (Place place : places.values()) {
                if (place.isAlive && (place.snapshots.isEmpty() || random.nextBoolean())) {
                    snapshot(place);
                }
            }
            goOn(random.nextInt(50, 250));
            swap();
            goOn(random.nextInt(200));
            if (random.nextInt(3) == 0) {
                heal();
            }
        }
        heal();
        check();
    }

    private Place place(RegionId id) {
        return Objects.requireNonNull(places.get(id));
    }

    private Place any() {
        return List.copyOf(places.values()).get(random.nextInt(places.size()));
    }

    /** Something done with a region, in which it may end. */
    private interface Action {
        void run() throws IOException;
    }

    private void tryWith(Place place, Action action) throws IOException {
        try {
            action.run();
        } catch (CrashPoints.Crash crash) {
            note(place.id() + " crashes");
            end(place);
            begin(place);
        }
    }

    private void end(Place place) throws IOException {
        // It ends here already.
        crashes.disarm(place.id());
        isEnding = true;
        place.region.end();
        isEnding = false;
        place.isAlive = false;
        committed.remove(place.id());
    }

    private void begin(Place place) throws IOException {
        place.region.begin();
        place.isAlive = true;
        putBack.computeIfPresent(place.id(), (id, unused) -> incarnation(place));
    }

    private static Incarnation incarnation(Place place) {
        return place.region.store.history().incarnation();
    }

    /** Writes go on wherever they can, among lesser troubles. */
    private void goOn(int steps) throws IOException {
        for (int step = 0; step < steps; step++) {
            Place place = any();
            if (place.isAlive) {
                step(place);
            } else if (random.nextInt(20) == 0) {
                note(place.id() + " is started");
                begin(place);
            }
            nowMillis += random.nextInt(20);
            noteUnwitnessed();
            Place asked = any();
            if (asked.isAlive) {
                checkClaims(asked);
            }
        }
    }

    private void noteUnwitnessed() {
        places.values().stream()
                .filter(place -> place.isAlive && !place.bus.isDown())
                .forEach(place -> reachedMillis.put(place.id(), nowMillis));
        if (exchanged.isEmpty()) {
            return;
        }
        for (WrittenItem write : survivors.highest().values()) {
            if (exchanged.contains(write.version().region())
                    && survivors.holders(write).stream().allMatch(this::isAway)) {
                unsettled.add(write.version());
            }
        }
    }

    private boolean isAway(RegionId id) {
        return nowMillis - reachedMillis.getOrDefault(id, nowMillis) >= AWAY_MILLIS;
    }

    private void step(Place place) throws IOException {
        HandTurnedRegion region = place.region;
        int choice = random.nextInt(1_000);
        if (choice < 150) {
            tryWith(place, () -> write(region));
        } else if (choice < 900) {
            tryWith(place, region::turnOne);
        } else if (choice < 930) {
            turnAllFor(20);
        } else if (choice < 935) {
            nowMillis += LONG_MILLIS;
            turnAllFor(10);
        } else if (choice < 945) {
            crashes.beforeEnd(place.id());
            tryWith(place, region::restart);
        } else if (choice < 955) {
            place.bus.down();
        } else if (choice < 970) {
            place.bus.up();
        } else if (choice < 980) {
            RegionId from = any().id();
            if (!from.equals(place.id())) {
                boolean paused = random.nextBoolean();
                tryWith(place, () -> region.done(region.control.pause(from, paused)));
            }
        } else if (choice < 985) {
            skewMillis.put(place.id(), random.nextLong(-SKEW_MILLIS, SKEW_MILLIS));
        } else if (choice < 990) {
            crashes.arm(place.id(), random);
        } else {
            snapshot(place);
        }
    }

    private void turnAllFor(int rounds) throws IOException {
        for (int i = 0; i < rounds; i++) {
            turnAll();
        }
    }

    private void turnAll() throws IOException {
        for (Place place : places.values()) {
            if (place.isAlive) {
                tryWith(place, place.region::turnAll);
            }
        }
        nowMillis += ROUND_MILLIS;
    }

    private void write(HandTurnedRegion region) {
        if (table.in(region) != null) {
            region.done(table.write(region, random, KEYS));
        }
    }

    private void snapshot(Place place) throws IOException {
        note("snapshot of " + place.id());
        place.snapshots.add(
                new Snapshot(nowMillis, place.region.committed(), survivors.copy(place.id()), place.bus.copy()));
    }

    /** A region or two get another folder, another Kafka or both. */
    private void swap() throws IOException {
        List<Place> victims = new ArrayList<>(List.of(any()));
        Place second = any();
        if (random.nextInt(4) == 0 && second != victims.get(0)) {
            victims.add(second);
        }
        Map<Place, Swap> swaps = new HashMap<>();
        boolean canLoseAll = faultsSinceHealed == 0;
        for (Place victim : victims) {
            Swap swap = Swap.values()[random.nextInt(Swap.values().length)];
            if (swap.takesAll() && !canLoseAll) {
                // Somebody must hold the table.
                swap = Swap.KAFKA_LOST;
            }
            canLoseAll &= !swap.takesAll();
            swaps.put(victim, swap);
            faultsSinceHealed++;
        }
        boolean isKafkaOnly = swaps.values().stream().allMatch(Swap::isOfKafkaOnly);
        boolean goesOn = isKafkaOnly && random.nextInt(3) == 0;
        for (Place victim : victims) {
            if (!goesOn && victim.isAlive) {
                end(victim);
                // What the process had under way arrives now or never.
                victim.bus.up();
            }
            victim.bus.down();
        }
        note((goesOn ? "Kafka of " : "") + victims.stream().map(Place::id).toList() + " down");
        if (random.nextInt(3) == 0) {
            note("all down");
            for (Place place : places.values()) {
                if (place.isAlive && !victims.contains(place)) {
                    end(place);
                }
            }
        } else if (random.nextBoolean()) {
            goOnWithout(victims, random.nextInt(100));
        }
        for (Place victim : victims) {
            Swap swap = Objects.requireNonNull(swaps.get(victim));
            replace(victim, swap);
            swapped.accept(swap);
            if (random.nextBoolean()) {
                long slow = random.nextLong(SKEW_MILLIS);
                skewMillis.put(victim.id(), -slow);
            }
        }
        for (Place place : places.values()) {
            place.bus.up();
            if (!place.isAlive && random.nextInt(4) != 0) {
                note(place.id() + " is started");
                begin(place);
            }
        }
    }

    private void goOnWithout(List<Place> down, int steps) throws IOException {
        for (int i = 0; i < steps; i++) {
            Place place = any();
            if (place.isAlive && !down.contains(place)) {
                step(place);
            }
            nowMillis += random.nextInt(20);
        }
        down.forEach(place -> place.bus.down());
    }

    private void replace(Place victim, Swap swap) throws IOException {
        List<Snapshot> snapshots = victim.snapshots;
        Snapshot one = snapshots.get(random.nextInt(snapshots.size()));
        Snapshot other = snapshots.get(random.nextInt(snapshots.size()));
        String what = victim.id() + ": " + swap;
        switch (swap) {
            case KAFKA_LOST -> victim.bus.lose();
            case KAFKA_OLDER -> {
                what += " of " + one.atMillis();
                victim.bus.restore(one.kafka());
            }
            case KAFKA_CUT -> {
                what += " " + cut(victim);
                // Of fenced writers it knows no more than of records.
                victim.bus.restore(victim.bus.copy());
            }
            case STORE_OLDER -> {
                what += " of " + one.atMillis();
                replaceStore(victim, one);
            }
            case BOTH_OLDER, BOTH_OLDER_APART -> {
                Snapshot kafka = swap == Swap.BOTH_OLDER ? one : other;
                what += " of " + one.atMillis() + ", Kafka of " + kafka.atMillis();
                replaceStore(victim, one);
                victim.bus.restore(kafka.kafka());
            }
            case STORE_LOST -> replaceStore(victim, null);
            case FOLDER_LOST -> {
                replaceStore(victim, null);
                victim.bus.lose();
            }
        }
        note(what);
    }

    private void replaceStore(Place victim, @Nullable Snapshot by) throws IOException {
        victim.region.replaceStore(by == null ? null : by.store());
        putBack.put(victim.id(), new Incarnation(new UUID(0, 0)));
        exchanged.add(victim.id());
        everExchanged.add(victim.id());
        survivors.replaced(victim.id(), by == null ? SurvivingWrites.Copy.EMPTY : by.had());
        if (by != null) {
            // What was to come after it never happened.
            victim.snapshots.removeIf(later -> later.atMillis() > by.atMillis());
        }
    }

    private String cut(Place victim) {
        StringBuilder cut = new StringBuilder();
        for (String topic : victim.bus.topics()) {
            for (int partition = 0; partition < ReplicatedTable.PARTITIONS; partition++) {
                TopicPartition at = new TopicPartition(topic, partition);
                List<BusRecord> records = victim.bus.records(at);
                if (!records.isEmpty() && random.nextInt(3) != 0) {
                    long end = records.get(random.nextInt(records.size())).offset();
                    victim.bus.cut(at, end);
                    cut.append(at.topic().substring("meridian.".length()))
                            .append("-")
                            .append(partition)
                            .append(" to ")
                            .append(end)
                            .append(" ");
                }
            }
        }
        return cut.toString();
    }

    /** Everything runs and is left alone, until all hold the same and nothing is on its way; or for as long as there is patience. */
    private void heal() throws IOException {
        for (Place place : places.values()) {
            crashes.disarm(place.id());
            place.bus.up();
            if (!place.isAlive) {
                begin(place);
            }
        }
        note("healing");
        loads.clear();
        int settled = 0;
        long lastLoadMillis = nowMillis;
        for (int i = 0; i < ROUNDS_MOST && settled < ROUNDS_SETTLED; i++) {
            int before = loads.size();
            for (Place place : places.values()) {
                for (RegionId from : place.region.control.paused()) {
                    place.region.done(place.region.control.pause(from, false));
                }
            }
            turnAll();
            if (loads.size() > before) {
                lastLoadMillis = nowMillis;
            }
            // Looking costs more than turning.
            boolean isLookedAt = settled > 0 ? settled == ROUNDS_SETTLED - 1 : i % 25 == 24;
            settled = isLookedAt && !isSettled() ? 0 : settled > 0 || isLookedAt ? settled + 1 : 0;
        }
        note((settled < ROUNDS_SETTLED ? "not healed" : "healed") + ", " + loads.size() + " loads");
        int loadsMost = LOADS_MOST * places.size() * Math.max(1, faultsSinceHealed);
        if (loads.size() > loadsMost) {
            throw new AssertionError(
                    "ENDLESS RELOAD: " + loads.size() + " loads, the last " + (nowMillis - lastLoadMillis) + " ms ago");
        }
        if (settled < ROUNDS_SETTLED) {
            throw new AssertionError("NOT CONVERGED: " + difference());
        }
        faultsSinceHealed = 0;
        putBack.clear();
        exchanged.clear();
        unsettled.clear();
    }

    private boolean isSettled() {
        return difference() == null;
    }

    /** Why regions are not yet, or not, as they have to be in the end. */
    private @Nullable String difference() {
        Map<ItemKey, Bytes> first = null;
        Map<ItemKey, Version> firstVersions = Map.of();
        for (Place place : places.values()) {
            HandTurnedRegion region = place.region;
            TableDescriptor local = region.store.catalog().table(table.id());
            if (local == null || local.status() != TableStatus.ACTIVE) {
                return region.id + " has the table as " + (local == null ? "nothing" : local.status());
            }
            if (!region.control.members(local).stream()
                    .allMatch(member -> member.status().equals("ACTIVE"))) {
                return region.id + " knows members as "
                        + region.control.members(local).stream()
                                .map(member -> member.region() + " " + member.status())
                                .toList();
            }
            Map<ItemKey, Bytes> images = new HashMap<>();
            Map<ItemKey, Version> versions = table.held(region, images);
            versions.keySet().retainAll(images.keySet());
            if (first == null) {
                first = images;
                firstVersions = versions;
            } else if (!first.equals(images) || !firstVersions.equals(versions)) {
                return region.id + " holds " + versions + ", and " + places.firstKey() + " holds " + firstVersions;
            }
        }
        return null;
    }

    private void check() {
        List<WrittenItem> highest =
                List.copyOf(survivors.highest(buses, ReplicatedTable.PARTITIONS).values());
        Set<ItemKey> named = namedAsLost(highest);
        for (Place place : places.values()) {
            Map<ItemKey, Bytes> images = new HashMap<>();
            Map<ItemKey, Version> held = table.held(place.region, images);
            Set<ItemKey> known = new HashSet<>();
            for (WrittenItem write : highest) {
                ItemKey key = write.key();
                known.add(key);
                if (named.contains(key)) {
                    continue;
                }
                Version there = images.containsKey(key) ? held.get(key) : null;
                String what = SurvivingWrites.describe(write) + ", " + survivors.heldBy(write);
                if (write.isDelete() && there != null) {
                    throw new AssertionError("RESURRECTED: " + place.id() + " has " + there + " behind " + what);
                }
                if (there == null && mayBeDeleted(write)) {
                    continue;
                }
                if (!write.isDelete() && !write.version().equals(there)) {
                    throw new AssertionError("LOST: " + place.id() + " has " + there + " in place of " + what);
                }
                assertThat(images.get(key))
                        .as("image in " + place.id() + " of " + what)
                        .isEqualTo(write.image());
            }
            assertThat(known).as("items of " + place.id()).containsAll(images.keySet());
            checkStream(place);
        }
        checkCertificates();
    }

    /** Copies carry no deletes: whoever learned of one by a copy has nothing to show for it once its region has lost it. */
    private boolean mayBeDeleted(WrittenItem write) {
        return survivors.written().stream()
                .anyMatch(later -> later.isDelete()
                        && later.key().equals(write.key())
                        && later.version().compareTo(write.version()) > 0
                        && everExchanged.contains(later.version().region()));
    }

    /** The items that a data-loss event of some region names. */
    private Set<ItemKey> namedAsLost(List<WrittenItem> among) {
        Set<ItemKey> named = new HashSet<>();
        for (Place place : places.values()) {
            for (DataLoss loss : place.region.control.losses().all()) {
                String key = loss.key();
                note(place.id() + " says: " + loss.what());
                if (key != null && ReplicatedTable.NAME.equals(loss.table())) {
                    among.stream()
                            .map(WrittenItem::key)
                            .filter(item -> key.contains("\"" + ReplicatedTable.text(item) + "\""))
                            .forEach(named::add);
                }
            }
        }
        return named;
    }

    /** What the applied vector includes is here, or something above it. */
    private void checkClaims(Place place) {
        VersionVector applied = place.region.control.applied();
        checkHeld(place, applied, "says that it has applied");
    }

    /** What is certified is there: asked anywhere, also where the answer is known from heartbeats only. */
    private void checkCertificates() {
        for (Place asked : places.values()) {
            for (Place from : places.values()) {
                for (Place to : places.values()) {
                    if (from != to) {
                        DrainCertificate certificate = DrainCertificate.of(asked.region.control, from.id(), to.id());
                        checkHeld(
                                to,
                                VersionVector.EMPTY.with(new Version(certificate.holdsThrough(), from.id())),
                                "is certified by " + asked.id() + " to hold");
                    }
                }
            }
        }
    }

    private void checkHeld(Place place, VersionVector claimed, String says) {
        TableDescriptor local = table.in(place.region);
        if (local == null) {
            return;
        }
        List<WrittenItem> told = survivors.highest().values().stream()
                .filter(write -> claimed.includes(write.version()) && !unsettled.contains(write.version()))
                .toList();
        if (told.isEmpty()) {
            return;
        }
        place.region.store.read(view -> {
            VersionVector floor = view.floor(local);
            for (WrittenItem write : told) {
                Stamp held = Optional.ofNullable(view.stamp(local, write.key())).orElse(null);
                boolean isCollected =
                        held == null && (write.isDelete() || floor.includes(write.version()) || mayBeDeleted(write));
                if (!isCollected && (held == null || held.version().compareTo(write.version()) < 0)) {
                    if (held != null && write.isDelete() && view.get(local, write.key()) == null) {
                        continue;
                    }
                    throw new AssertionError("FALSE CLAIM: " + place.id() + " " + says + " "
                            + SurvivingWrites.describe(write) + ", " + survivors.heldBy(write) + "; it has "
                            + held);
                }
            }
            return true;
        });
    }

    /** The rows that the store still has are in the stream's topic, once each and in order. */
    private void checkStream(Place place) {
        TableDescriptor local = Objects.requireNonNull(table.in(place.region));
        for (int number = 0; number < ReplicatedTable.PARTITIONS; number++) {
            ChangePartition partition =
                    new ChangePartition(local.id(), local.name(), local.schema(), number, local.partitions());
            SequenceNumber behind = rejoinedBehind.getOrDefault(place.id(), SequenceNumber.NONE);
            List<Long> rows = new ArrayList<>();
            for (Change change : place.region
                    .store
                    .changes()
                    .read(Lane.STREAM, partition, SequenceNumber.NONE, 10_000, Integer.MAX_VALUE)) {
                // What a region wrote before it knew that it was put back may be missing, as it says.
                if (change.sequence().compareTo(behind) > 0) {
                    rows.add(change.sequence().value());
                }
            }
            List<BusRecord> records = place.bus.records(ReplicatedTable.topic(place.id(), "stream", number));
            List<Long> published = records.stream()
                    .map(record -> Long.parseLong(
                            Objects.requireNonNull(record.headers().get(Headers.SEQUENCE))))
                    .toList();
            Set<Long> missing = new TreeSet<>(rows);
            missing.removeAll(published);
            assertThat(missing)
                    .as("STREAM INCOMPLETE: rows of " + place.id() + ", partition " + number
                            + ", that are not in the topic, which has " + published)
                    .isEmpty();
        }
    }
}
