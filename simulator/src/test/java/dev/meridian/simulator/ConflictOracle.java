package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Knows which writes truly happened before which: for each region and item, the set of all writes that the item has taken
 * in there, one by one, and for each write that set at the moment it was made. It keeps sets of writes and no contexts.
 *
 * <p>What a region takes in is read from the offsets that it commits and the records that lie before them. After each
 * step, the conflicts that the region has recorded in it must be exactly those of which this finds that neither write is
 * in the history of the other. Only where a region takes in a copy are its items' histories taken from their stamps;
 * the conflicts that it finds there must be true ones.
 */
final class ConflictOracle {
    /** A write and its history: all writes of the item that its region had taken in. */
    private record Write(
            ItemKey key, Version version, @Nullable Bytes image, Set<Version> history) {}

    /** Two writes of which neither knew the other. */
    record Pair(ItemKey key, Version winner, Version loser) {}

    /** One item in one region. */
    private static final class Held {
        Version head;
        final Set<Version> known = new HashSet<>();

        Held(Version head) {
            this.head = head;
        }

        Held copy() {
            Held copy = new Held(head);
            copy.known.addAll(known);
            return copy;
        }
    }

    /** What one region holds of the table. */
    private static final class Replica {
        Map<ItemKey, Held> items = new HashMap<>();
        final Map<TopicPartition, Long> positions = new HashMap<>();
        boolean loaded;
        boolean loadsAnew;
        long conflictsSeen;
    }

    private final TableId table;
    private final Map<RegionId, MemoryBus> buses;
    private final Map<Version, Write> writes = new HashMap<>();
    private final Map<RegionId, Replica> replicas = new TreeMap<>();
    private final Set<Pair> reported = new HashSet<>();
    private final Map<TopicPartition, List<BusRecord>> forgotten = new HashMap<>();

    ConflictOracle(TableId table, Map<RegionId, MemoryBus> buses) {
        this.table = table;
        this.buses = buses;
        buses.keySet().forEach(region -> replicas.put(region, new Replica()));
    }

    int conflicts() {
        return reported.size();
    }

    /** A write was made in a region, behind all that {@link #observe} saw there. */
    void wrote(RegionId region, ItemKey key, Version version, @Nullable Bytes image) {
        Replica replica = replicas.get(region);
        Held held = replica.items.computeIfAbsent(key, unused -> new Held(version));
        writes.put(version, new Write(key, version, image, Set.copyOf(held.known)));
        held.head = version;
        held.known.add(version);
    }

    /** An item was deleted where no other region has the table: nothing of it was ever told to anybody, or will be. */
    void forgot(RegionId region, ItemKey key) {
        replicas.get(region).items.remove(key);
        writes.values().removeIf(write -> write.key.equals(key));
    }

    /** These will no longer be found in their topic; a region may have read them already. */
    void remember(TopicPartition at, List<BusRecord> records) {
        forgotten.computeIfAbsent(at, unused -> new ArrayList<>()).addAll(records);
    }

    /** To be called after every step of a region. */
    void observe(HandTurnedRegion region) {
        Replica replica = replicas.get(region.id);
        TableDescriptor local = region.store.catalog().table(table);
        List<Conflict> news = region.store.conflicts().read(replica.conflictsSeen, 10_000, Integer.MAX_VALUE);
        if (!news.isEmpty()) {
            replica.conflictsSeen = news.get(news.size() - 1).id();
        }
        news.forEach(this::checkTrue);
        List<Pair> recorded = news.stream().map(ConflictOracle::pair).toList();
        reported.addAll(recorded);
        if (local == null || local.status() == TableStatus.CREATING) {
            replica.loaded = false;
            replica.positions.clear();
            return;
        }
        boolean loadedAnew = replica.loadsAnew;
        replica.loadsAnew = region.store
                .read(view -> view.document("copy-begun", table.toString()))
                .isPresent();
        if (!replica.loaded || loadedAnew || hasMoreOfACopy(region, replica)) {
            load(region, replica, local);
            return;
        }
        SortedMap<RegionId, List<Version>> arrived = arrived(region, replica);
        if (arrived.size() < 2) {
            assertThat(apply(replica.items, arrived.values()))
                    .as("conflicts that %s found", region.id)
                    .isEqualTo(recorded);
            return;
        }
        // Of two batches in one commit either may have come first.
        List<List<Version>> batches = new ArrayList<>(arrived.values());
        Map<ItemKey, Held> before = copy(replica.items);
        if (!apply(replica.items, batches).equals(recorded)) {
            java.util.Collections.reverse(batches);
            replica.items = before;
            assertThat(apply(replica.items, batches))
                    .as("conflicts that %s found", region.id)
                    .isEqualTo(recorded);
        }
    }

    /** A source that began anew hands over a second copy; some of it may arrive behind the end of the first. */
    private static boolean hasMoreOfACopy(HandTurnedRegion region, Replica replica) {
        return region.store.read(ReadView::positions).stream()
                .filter(position -> position.at().topic().contains(".copy."))
                .anyMatch(position -> position.next() != replica.positions.getOrDefault(position.at(), 0L));
    }

    private static Pair pair(Conflict conflict) {
        return new Pair(
                conflict.key(), conflict.winner().version(), conflict.loser().version());
    }

    /** No false positive, and the images are those that were written. */
    private void checkTrue(Conflict conflict) {
        Write winner = writes.get(conflict.winner().version());
        Write loser = writes.get(conflict.loser().version());
        assertThat(winner).as("the winner of " + conflict).isNotNull();
        assertThat(loser).as("the loser of " + conflict).isNotNull();
        assertThat(areConcurrent(winner, loser)).as("concurrent: " + conflict).isTrue();
        assertThat(winner.version).isGreaterThan(loser.version);
        assertThat(conflict.key()).isEqualTo(winner.key).isEqualTo(loser.key);
        assertThat(conflict.winner().image()).isEqualTo(winner.image);
        assertThat(conflict.loser().image()).isEqualTo(loser.image);
    }

    private static boolean areConcurrent(Write one, Write other) {
        return !one.history.contains(other.version) && !other.history.contains(one.version);
    }

    private static Map<ItemKey, Held> copy(Map<ItemKey, Held> items) {
        Map<ItemKey, Held> copy = new HashMap<>();
        items.forEach((key, held) -> copy.put(key, held.copy()));
        return copy;
    }

    /** By origin, the writes behind the offsets known before. */
    private SortedMap<RegionId, List<Version>> arrived(HandTurnedRegion region, Replica replica) {
        SortedMap<RegionId, List<Version>> arrived = new TreeMap<>();
        for (Position position : region.store.read(ReadView::positions)) {
            long from = replica.positions.getOrDefault(position.at(), 0L);
            replica.positions.put(position.at(), position.next());
            if (!position.at().topic().endsWith(".replication")) {
                continue;
            }
            List<BusRecord> records = new ArrayList<>(forgotten.getOrDefault(position.at(), List.of()));
            records.addAll(buses.get(position.origin()).records(position.at()));
            for (BusRecord record : records) {
                if (record.offset() >= from && record.offset() < position.next()) {
                    arrived.computeIfAbsent(position.origin(), unused -> new ArrayList<>())
                            .add(ChangeCodec.decode(record.value().asBuffer())
                                    .stamp()
                                    .version());
                }
            }
        }
        return arrived;
    }

    /** Takes in writes, and answers which of them met one that neither knew nor was known. */
    private List<Pair> apply(Map<ItemKey, Held> items, Iterable<List<Version>> batches) {
        List<Pair> conflicts = new ArrayList<>();
        for (List<Version> batch : batches) {
            for (Version version : batch) {
                Write write = writes.get(version);
                Held held = items.computeIfAbsent(write.key, unused -> new Held(version));
                if (held.known.contains(version)) {
                    continue;
                }
                if (!held.known.isEmpty() && !write.history.contains(held.head)) {
                    boolean wins = version.compareTo(held.head) > 0;
                    conflicts.add(new Pair(write.key, wins ? version : held.head, wins ? held.head : version));
                    held.head = wins ? version : held.head;
                } else {
                    held.head = version;
                }
                held.known.add(version);
                held.known.addAll(write.history);
            }
        }
        return conflicts;
    }

    /** A copy has been loaded: the head of each item is there, with at least its own history. */
    private void load(HandTurnedRegion region, Replica replica, TableDescriptor local) {
        replica.loaded = true;
        replica.items = new HashMap<>();
        // At the end of a load a region goes on behind all that its source had seen.
        Set<Version> covered = new HashSet<>();
        arrived(region, replica).values().forEach(covered::addAll);
        region.store.read(view -> {
            for (ReadView.Versioned entry : view.copy(local, null, 10_000, Integer.MAX_VALUE)) {
                Stamp stamp = entry.stamp();
                Held held = new Held(stamp.version());
                for (Write write : writes.values()) {
                    if (write.key.equals(entry.key()) && stamp.includes(write.version)) {
                        held.known.add(write.version);
                    }
                }
                Write head = writes.get(stamp.version());
                if (head != null) {
                    assertThat(held.known).contains(stamp.version()).containsAll(head.history);
                    replica.items.put(entry.key(), held);
                } else {
                    // Made here in the same commit: wrote() comes next.
                    assertThat(stamp.version().region()).isEqualTo(region.id);
                    held.known.stream().max(Version::compareTo).ifPresent(last -> {
                        held.head = last;
                        replica.items.put(entry.key(), held);
                    });
                }
            }
            VersionVector floor = view.floor(local);
            passOver(
                    replica,
                    version ->
                            floor.includes(version) || version.region().equals(region.id) || covered.contains(version));
            return true;
        });
    }

    /**
     * Of what was deleted, and has been applied by all, there may be nothing left in a copy; it is known all the same, and
     * so is what the region has written itself.
     */
    private void passOver(Replica replica, Predicate<Version> isKnown) {
        Map<ItemKey, Held> gone = new HashMap<>();
        for (Write write : writes.values()) {
            if (isKnown.test(write.version)) {
                Held held = replica.items.get(write.key);
                if (held == null) {
                    held = gone.computeIfAbsent(write.key, unused -> new Held(write.version));
                    held.head = held.head.compareTo(write.version) < 0 ? write.version : held.head;
                }
                held.known.add(write.version);
            }
        }
        replica.items.putAll(gone);
    }

    /**
     * At the end, when all regions hold the same: each write that no other knew of and that is not the one held is
     * reported as a loser.
     */
    void checkNoneIsMissed() {
        Map<ItemKey, Set<Version>> unknown = new HashMap<>();
        writes.values()
                .forEach(write -> unknown.computeIfAbsent(write.key, unused -> new TreeSet<>())
                        .add(write.version));
        writes.values().forEach(write -> unknown.get(write.key).removeAll(write.history));
        unknown.forEach((key, versions) -> {
            List<Version> all = new ArrayList<>(versions);
            for (Version lost : all.subList(0, all.size() - 1)) {
                assertThat(reported)
                        .as("a write that nobody knew and that is gone")
                        .anyMatch(pair -> pair.key.equals(key) && pair.loser.equals(lost));
            }
        });
    }
}
