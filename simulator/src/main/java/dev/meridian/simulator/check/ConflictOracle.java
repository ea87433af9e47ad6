package dev.meridian.simulator.check;

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
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
public final class ConflictOracle {
    private static final String LAW = "conflicts are exact";

    /**
     * A write and its history: all writes of the item that its region had taken in.
     *
     * @param place among all writes of the item, as they were made
     * @param history their places
     */
    private record Write(
            ItemKey key, Version version, @Nullable Bytes image, int place, BitSet history) {
        boolean knows(Write other) {
            return history.get(other.place);
        }
    }

    /** Two writes of which neither knew the other. */
    private record Pair(ItemKey key, Version winner, Version loser) {}

    /** One item in one region. */
    private static final class Held {
        Write head;
        final BitSet known = new BitSet();

        Held(Write head) {
            this.head = head;
        }

        Held copy() {
            Held copy = new Held(head);
            copy.known.or(known);
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
    private final Map<ItemKey, List<Write>> writesOf = new HashMap<>();
    private final Map<RegionId, Replica> replicas = new TreeMap<>();
    private final Set<Pair> reported = new HashSet<>();
    private final Map<TopicPartition, List<BusRecord>> forgotten = new HashMap<>();

    public ConflictOracle(TableId table, Map<RegionId, MemoryBus> buses) {
        this.table = table;
        this.buses = buses;
        buses.keySet().forEach(region -> replicas.put(region, new Replica()));
    }

    public int conflicts() {
        return reported.size();
    }

    /** A write was made in a region, behind all that {@link #observe} saw there. */
    public void wrote(RegionId region, ItemKey key, Version version, @Nullable Bytes image) {
        Map<ItemKey, Held> items = replica(region).items;
        List<Write> before = writesOf.computeIfAbsent(key, unused -> new ArrayList<>());
        Held held = items.get(key);
        BitSet history = held == null ? new BitSet() : (BitSet) held.known.clone();
        Write write = new Write(key, version, image, before.size(), history);
        before.add(write);
        writes.put(version, write);
        Held now = held == null ? new Held(write) : held;
        now.head = write;
        now.known.set(write.place);
        items.put(key, now);
    }

    /** An item was deleted where no other region has the table: nothing of it was ever told to anybody, or will be. */
    public void forgot(RegionId region, ItemKey key) {
        replica(region).items.remove(key);
        writes.values().removeIf(write -> write.key.equals(key));
        writesOf.remove(key);
    }

    /** These will no longer be found in their topic; a region may have read them already. */
    public void remember(TopicPartition at, List<BusRecord> records) {
        forgotten.computeIfAbsent(at, unused -> new ArrayList<>()).addAll(records);
    }

    /** To be called after every step of a region. */
    public void observe(HandTurnedRegion region) {
        Replica replica = replica(region.id);
        TableDescriptor local = region.store.catalog().table(table);
        List<Conflict> news = region.store.conflicts().read(replica.conflictsSeen, 10_000, Integer.MAX_VALUE);
        if (!news.isEmpty()) {
            replica.conflictsSeen = news.get(news.size() - 1).id();
        }
        List<Conflict> ours = news.stream()
                .filter(conflict -> conflict.tableId().equals(table))
                .toList();
        ours.forEach(this::checkTrue);
        List<Pair> recorded = ours.stream().map(ConflictOracle::pair).toList();
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
            requireSame(region.id, apply(replica.items, arrived.values()), recorded);
            return;
        }
        // Of two batches in one commit either may have come first.
        List<List<Version>> batches = new ArrayList<>(arrived.values());
        Map<ItemKey, Held> before = copy(replica.items);
        if (!apply(replica.items, batches).equals(recorded)) {
            java.util.Collections.reverse(batches);
            replica.items = before;
            requireSame(region.id, apply(replica.items, batches), recorded);
        }
    }

    private Replica replica(RegionId region) {
        return Objects.requireNonNull(replicas.get(region));
    }

    private static void requireSame(RegionId region, List<Pair> real, List<Pair> recorded) {
        LawBroken.unless(
                real.equals(recorded), LAW, () -> region + " met the conflicts " + real + ", and recorded " + recorded);
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
        boolean isTrue = winner != null
                && loser != null
                && areConcurrent(winner, loser)
                && winner.version.compareTo(loser.version) > 0
                && conflict.key().equals(winner.key)
                && conflict.key().equals(loser.key)
                && Objects.equals(conflict.winner().image(), winner.image)
                && Objects.equals(conflict.loser().image(), loser.image);
        LawBroken.unless(isTrue, LAW, () -> "of " + winner + " and " + loser + " was recorded " + conflict);
    }

    private static boolean areConcurrent(Write one, Write other) {
        return !one.knows(other) && !other.knows(one);
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
            MemoryBus bus = Objects.requireNonNull(buses.get(position.origin()));
            records.addAll(bus.records(position.at(), from, position.next()));
            for (BusRecord record : records) {
                if (record.offset() >= from && record.offset() < position.next()) {
                    Change change = ChangeCodec.decode(
                            Objects.requireNonNull(record.value()).asBuffer());
                    if (change.tableId().equals(table)) {
                        arrived.computeIfAbsent(position.origin(), unused -> new ArrayList<>())
                                .add(change.stamp().version());
                    }
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
                if (write == null) {
                    throw new LawBroken(LAW, version + " arrived, and nobody wrote it");
                }
                Held held = items.computeIfAbsent(write.key, unused -> new Held(write));
                if (held.known.get(write.place)) {
                    continue;
                }
                if (!held.known.isEmpty() && !write.knows(held.head)) {
                    Version head = held.head.version;
                    boolean wins = version.compareTo(head) > 0;
                    conflicts.add(new Pair(write.key, wins ? version : head, wins ? head : version));
                    held.head = wins ? write : held.head;
                } else {
                    held.head = write;
                }
                held.known.set(write.place);
                held.known.or(write.history);
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
                Held held = loaded(region.id, entry);
                if (held != null) {
                    replica.items.put(entry.key(), held);
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

    /** An entry of a copy with its history, as its stamp says; null if the first write of the item comes next. */
    private @Nullable Held loaded(RegionId region, ReadView.Versioned entry) {
        Stamp stamp = entry.stamp();
        List<Write> included = writesOf.getOrDefault(entry.key(), List.of()).stream()
                .filter(write -> stamp.includes(write.version))
                .toList();
        Write head = writes.get(stamp.version());
        // Made here in the same commit: wrote() comes next.
        boolean isNew = head == null && stamp.version().region().equals(region);
        Write last = head != null
                ? head
                : included.stream().max(Comparator.comparing(Write::version)).orElse(null);
        if (last == null) {
            LawBroken.unless(isNew, LAW, () -> region + " has loaded " + entry + ", which nobody wrote");
            return null;
        }
        Held held = new Held(last);
        included.forEach(write -> held.known.set(write.place));
        BitSet lacking = (BitSet) last.history.clone();
        lacking.andNot(held.known);
        LawBroken.unless(
                isNew || (head != null && held.known.get(head.place) && lacking.isEmpty()),
                LAW,
                () -> region + " has loaded " + entry + " without all of the history of " + last);
        return held;
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
                    held = gone.computeIfAbsent(write.key, unused -> new Held(write));
                    held.head = held.head.version.compareTo(write.version) < 0 ? write : held.head;
                }
                held.known.set(write.place);
            }
        }
        replica.items.putAll(gone);
    }

    /**
     * At the end, when all regions hold the same: each write that no other knew of and that is not the one held is
     * reported as a loser.
     */
    public void checkNoneIsMissed() {
        Set<Pair> losers = new HashSet<>();
        reported.forEach(pair -> losers.add(new Pair(pair.key, pair.loser, pair.loser)));
        writesOf.forEach((key, all) -> {
            BitSet overwritten = new BitSet();
            all.forEach(write -> overwritten.or(write.history));
            Version last =
                    all.stream().map(Write::version).max(Version::compareTo).orElseThrow();
            for (Write write : all) {
                boolean isSeen = overwritten.get(write.place) || write.version.equals(last);
                LawBroken.unless(
                        isSeen || losers.contains(new Pair(key, write.version, write.version)),
                        LAW,
                        () -> "nobody knew " + write + ", which lost against " + last + " and was never reported");
            }
        });
    }
}
