package dev.meridian.simulator.check;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.control.CopyRecord;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Member;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows which writes truly happened before which: for each region and item, the set of all writes that the item has taken
 * in there, one by one, and for each write that set at the moment it was made. It keeps sets of writes and no contexts.
 *
 * <p>What a region takes in is read from the offsets that it commits and the records that lie before them; what comes in a
 * copy has the history that it had in its source when that read it. Behind each commit, the conflicts that the region has
 * recorded must be exactly those of which this finds that neither write is in the history of the other, and the region must
 * hold what follows.
 *
 * <p>What an evicted region wrote before it began anew may be passed over by others: the region has it, and says it again
 * as a new write, or has lost it to what it loaded. Whichever they do with it, in the end none may be lost unreported.
 *
 * <p>One thing is left open. A delete whose tombstone has gone is not in a copy; the region that loads the copy cannot
 * know it, nor can it be said that it does not, for it has taken in the whole of its source. If it then writes what it had
 * been missing, the two may be reported as concurrent where the tombstone still is, and need not be where it has gone. The
 * same holds for what it writes while it loads, before the copy has come to an end.
 */
public final class ConflictOracle {
    private static final String LAW = "conflicts are exact";

    /** Spaces of documents. */
    private static final String MEMBERSHIPS = "global-tables";

    private static final String COPY_BEGUN = "copy-begun";

    /** Names a load, in the name of its topic. */
    private static final String LOAD_ID = "00000000";

    /**
     * A write and its history: all writes of the item that its region had taken in.
     *
     * @param place among all writes of the item, as they were made
     * @param known their places
     * @param passed places of those of which the region had only what a copy had left of them: nothing
     */
    private record Write(
            ItemKey key, Version version, @Nullable Bytes image, int place, BitSet known, BitSet passed) {
        boolean knows(Write other) {
            return known.get(other.place);
        }

        boolean isDelete() {
            return image == null;
        }

        @Override
        public String toString() {
            return version + (isDelete() ? " (delete)" : "");
        }
    }

    /** Two writes of which neither knew the other. */
    private record Pair(ItemKey key, Version winner, Version loser) {}

    /** One item in one region; without a head if the region has found that it is overtaken, and not by what. */
    private static final class Held {
        @Nullable
        Write head;

        final BitSet known = new BitSet();
        final BitSet passed = new BitSet();

        Held copy() {
            Held copy = new Held();
            copy.head = head;
            copy.known.or(known);
            copy.passed.or(passed);
            return copy;
        }

        void forgetKnown() {
            passed.or(known);
            known.clear();
        }

        void learn(BitSet moreKnown, BitSet morePassed) {
            known.or(moreKnown);
            passed.or(morePassed);
            passed.andNot(known);
        }
    }

    /** What one region holds of the table. */
    private static final class Replica {
        /** While there is one, as far as its works were told of: that may be when it has been dropped. */
        @Nullable
        String tableName;

        final Map<ItemKey, Held> items = new HashMap<>();
        final Map<TopicPartition, Long> positions = new HashMap<>();
        final Set<ItemKey> touched = new LinkedHashSet<>();
        final List<Pair> expected = new ArrayList<>();

        /** What the source of a copy held when it read what has arrived of it last. */
        @Nullable
        Map<ItemKey, Held> source;

        /** Whether that is to become the replica; what comes of a copy behind its end is merged, and no more. */
        boolean isLoading;

        /** What its source held when it began. */
        Map<ItemKey, Held> begun = Map.of();

        /** What that copy has had so far. */
        final Set<ItemKey> copied = new HashSet<>();

        /** Written before here, and not applied elsewhere yet: others may pass over it. */
        HybridTimestamp voidUpTo = HybridTimestamp.ZERO;

        long conflictsSeen;

        void drop() {
            tableName = null;
            items.clear();
            touched.clear();
            source = null;
            isLoading = false;
            positions.keySet().removeIf(at -> at.topic().endsWith(".replication"));
        }

        Held held(ItemKey key) {
            return items.computeIfAbsent(key, unused -> new Held());
        }
    }

    /** What the store says that one work of it has done: where either is right, it is asked which it was. */
    private record Evidence(Set<Version> applied, Set<Pair> met) {
        static Evidence of(List<RecordedStore.Edit> edits) {
            Evidence evidence = new Evidence(new HashSet<>(), new HashSet<>());
            for (RecordedStore.Edit edit : edits) {
                if (edit instanceof RecordedStore.Edit.Applied applied) {
                    evidence.applied.add(applied.write().version());
                } else if (edit instanceof RecordedStore.Edit.Met met) {
                    evidence.met.add(new Pair(met.key(), met.winner(), met.loser()));
                }
            }
            return evidence;
        }

        boolean isOf(Version version) {
            return applied.contains(version)
                    || met.stream().anyMatch(pair -> pair.winner.equals(version) || pair.loser.equals(version));
        }
    }

    private final TableId table;
    private final Map<RegionId, MemoryBus> buses;
    private final Map<Version, Write> writes = new HashMap<>();
    private final Map<ItemKey, List<Write>> writesOf = new HashMap<>();
    private final Map<RegionId, Replica> replicas = new TreeMap<>();
    private final Set<Pair> reported = new HashSet<>();

    /** By topic and offset, what the source of a copy held when it read the record. */
    private final Map<TopicPartition, Map<Long, Copied>> copies = new HashMap<>();

    private boolean isAnyVoid;

    private record Copied(CopyRecord record, Map<ItemKey, Held> source) {}

    public ConflictOracle(TableId table, Map<RegionId, MemoryBus> buses) {
        this.table = table;
        this.buses = buses;
        buses.keySet().forEach(region -> replicas.put(region, new Replica()));
    }

    public int conflicts() {
        return reported.size();
    }

    /** A write was made in a region, behind all that it had {@link #took taken in}. */
    public void wrote(RegionId region, ItemKey key, Version version, @Nullable Bytes image) {
        Replica replica = replica(region);
        List<Write> before = writesOf.computeIfAbsent(key, unused -> new ArrayList<>());
        Held held = replica.held(key);
        BitSet passed = (BitSet) held.passed.clone();
        if (replica.isLoading) {
            // What has been deleted by now may be in no copy any more.
            before.stream()
                    .filter(write -> write.isDelete() && !held.known.get(write.place))
                    .forEach(write -> passed.set(write.place));
        }
        Write write = new Write(key, version, image, before.size(), (BitSet) held.known.clone(), passed);
        before.add(write);
        writes.put(version, write);
        held.head = write;
        held.known.set(write.place);
        replica.touched.add(key);
    }

    /** An item was deleted where no other region has the table: nothing of it was ever told to anybody, or will be. */
    public void forgot(RegionId region, ItemKey key) {
        replica(region).items.remove(key);
        writes.values().removeIf(write -> write.key.equals(key));
        writesOf.remove(key);
    }

    /** A region hands records to its bus, with what it holds now. @return to be told of the offsets at which they are */
    public RecordedBus.Appended appending(HandTurnedRegion region, List<BusRecord> records) {
        Map<ItemKey, Held> now = new HashMap<>();
        Replica replica = replica(region);
        if (records.stream().anyMatch(record -> isOfCopy(replica, region.id, record.at()))) {
            replica.items.forEach((key, held) -> now.put(key, held.copy()));
        }
        return offsets -> {
            for (int i = 0; i < records.size(); i++) {
                BusRecord record = records.get(i);
                if (isOfCopy(replica, region.id, record.at())) {
                    CopyRecord copied = CopyRecord.decode(Objects.requireNonNull(record.value()));
                    copies.computeIfAbsent(record.at(), unused -> new HashMap<>())
                            .put(offsets.get(i), new Copied(copied, now));
                }
            }
        };
    }

    private boolean isOfCopy(Replica replica, RegionId source, TopicPartition at) {
        if (replica.tableName == null) {
            return false;
        }
        String any = TopicNames.copy(source, replica.tableName, table, LOAD_ID);
        return at.topic().startsWith(any.substring(0, any.length() - LOAD_ID.length()));
    }

    /** Its table may have been made by a work that nobody tells of. */
    private Replica replica(HandTurnedRegion region) {
        Replica replica = replica(region.id);
        TableDescriptor local = region.store.catalog().table(table);
        if (local != null) {
            replica.tableName = local.name();
        }
        return replica;
    }

    /** A region has committed one work of its store: what it took in with it. */
    public void took(HandTurnedRegion region, List<RecordedStore.Edit> edits) {
        Replica replica = replica(region);
        if (replica.tableName == null) {
            return;
        }
        Evidence evidence = Evidence.of(edits);
        for (RecordedStore.Edit edit : edits) {
            if (edit instanceof RecordedStore.Edit.Taken taken) {
                took(region, replica, taken.position(), evidence);
            }
        }
        if (replica.isLoading) {
            if (edits.contains(new RecordedStore.Edit.Document(MEMBERSHIPS, table.toString(), false))) {
                beganAnew(region, replica);
            }
            if (edits.contains(new RecordedStore.Edit.Document(COPY_BEGUN, table.toString(), true))) {
                endLoad(region, replica);
            }
        }
        if (edits.contains(new RecordedStore.Edit.Dropped(table))) {
            replica.drop();
        }
    }

    private void took(HandTurnedRegion region, Replica replica, Position position, Evidence evidence) {
        Long before = replica.positions.put(position.at(), position.next());
        long from = before == null ? 0 : before;
        if (isOfCopy(replica, position.origin(), position.at())) {
            replica.isLoading = self(region)
                    .filter(self -> self.state() == Member.State.CREATING)
                    .isPresent();
            load(region.id, replica, copied(position, from), evidence);
        } else if (position.at().topic().endsWith(".replication")) {
            List<Version> arrived = arrived(position, from);
            if (!replica.isLoading) {
                arrived.forEach(version -> arrived(replica, version, evidence));
            } else {
                arrived.forEach(version -> passedOver(region.id, replica, version));
            }
        }
    }

    /** To be called behind every commit of a region. */
    public void observe(HandTurnedRegion region) {
        Replica replica = replica(region.id);
        List<Pair> expected = List.copyOf(replica.expected);
        replica.expected.clear();
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
        LawBroken.unless(
                expected.equals(recorded),
                LAW,
                () -> region.id + " met the conflicts " + expected + ", and recorded " + recorded);
        TableDescriptor local = region.store.catalog().table(table);
        if (local != null) {
            checkHeld(region, replica, local);
        }
    }

    private Replica replica(RegionId region) {
        return Objects.requireNonNull(replicas.get(region));
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

    /** The writes that lie before a position and behind another. */
    private List<Version> arrived(Position position, long from) {
        MemoryBus bus = Objects.requireNonNull(buses.get(position.origin()));
        List<Version> arrived = new ArrayList<>();
        for (BusRecord record : bus.records(position.at(), from, position.next())) {
            Change change =
                    ChangeCodec.decode(Objects.requireNonNull(record.value()).asBuffer());
            if (change.tableId().equals(table)) {
                arrived.add(change.stamp().version());
            }
        }
        return arrived;
    }

    private void arrived(Replica replica, Version version, Evidence evidence) {
        Write write = writes.get(version);
        if (write == null) {
            throw new LawBroken(LAW, version + " arrived, and nobody wrote it");
        }
        Held held = replica.held(write.key);
        boolean isOpen = isVoid(write) || held.passed.get(write.place);
        if (held.known.get(write.place) || (isOpen && !evidence.isOf(version))) {
            return;
        }
        BitSet known = (BitSet) write.known.clone();
        known.set(write.place);
        meet(replica, held, write, known, write.passed, evidence);
    }

    private boolean isVoid(Write write) {
        return write.version.time().compareTo(replica(write.version.region()).voidUpTo) <= 0;
    }

    /** An item takes in another's head and history. */
    private static void meet(Replica replica, Held held, Write other, BitSet known, BitSet passed, Evidence evidence) {
        Write head = held.head;
        boolean applies = evidence.applied.contains(other.version);
        replica.touched.add(other.key);
        if (head == null) {
            boolean isOpen = held.known.get(other.place) || held.passed.get(other.place);
            held.head = isOpen && !applies ? null : other;
        } else if (known.get(head.place)) {
            held.head = other;
        } else if (!held.known.get(other.place)) {
            boolean wins = other.version.compareTo(head.version) > 0;
            Pair pair = new Pair(other.key, wins ? other.version : head.version, wins ? head.version : other.version);
            boolean isOpen = passed.get(head.place) || held.passed.get(other.place);
            if (!isOpen || evidence.met.contains(pair)) {
                replica.expected.add(pair);
                held.head = wins ? other : head;
            } else if (applies) {
                if (head.isDelete()) {
                    // Its tombstone had gone: what the region holds from now on knows no more than this one did.
                    held.forgetKnown();
                }
                held.head = other;
            }
        }
        held.learn(known, passed);
    }

    private List<Copied> copied(Position position, long from) {
        Map<Long, Copied> there = copies.getOrDefault(position.at(), Map.of());
        List<Copied> copied = new ArrayList<>();
        for (long offset = from; offset < position.next(); offset++) {
            Copied record = there.get(offset);
            if (record == null) {
                throw new LawBroken(LAW, position.at() + " has something at " + offset + " that nobody handed over");
            }
            copied.add(record);
        }
        return copied;
    }

    private void load(RegionId region, Replica replica, List<Copied> copied, Evidence evidence) {
        for (Copied each : copied) {
            replica.source = each.source;
            if (each.record instanceof CopyRecord.Begin) {
                replica.begun = each.source;
                replica.copied.clear();
            } else if (each.record instanceof CopyRecord.Chunk chunk) {
                for (ReadView.Versioned entry : chunk.entries()) {
                    Held there = each.source.get(entry.key());
                    Write head = there == null ? null : there.head;
                    if (there == null
                            || head == null
                            || !head.version.equals(entry.stamp().version())) {
                        throw new LawBroken(LAW, region + " is handed " + entry + "; its source held " + head);
                    }
                    replica.copied.add(entry.key());
                    meet(replica, replica.held(entry.key()), head, there.known, there.passed, evidence);
                }
            } else {
                passOver(replica);
            }
        }
    }

    /** Of what was not in the copy that ends here the region has what was left of it: nothing. */
    private static void passOver(Replica replica) {
        replica.begun.forEach((key, there) -> {
            if (!replica.copied.contains(key)) {
                BitSet all = (BitSet) there.known.clone();
                all.or(there.passed);
                replica.held(key).learn(new BitSet(), all);
            }
        });
    }

    /** At the end of a load a region goes on behind all that its source had seen. */
    private void passedOver(RegionId region, Replica replica, Version version) {
        Write write = writes.get(version);
        if (write != null) {
            Held held = replica.held(write.key);
            LawBroken.unless(
                    held.known.get(write.place) || held.passed.get(write.place) || isVoid(write),
                    LAW,
                    () -> region + " goes on behind " + write + ", which the copy that it has loaded did not have");
        }
    }

    /** What has been touched is there. While regions are loaded anew, so is all else, or it was given up rightly. */
    private void checkHeld(HandTurnedRegion region, Replica replica, TableDescriptor local) {
        List<ItemKey> keys = List.copyOf(replica.isLoading || isAnyVoid ? replica.items.keySet() : replica.touched);
        replica.touched.clear();
        region.store.read(view -> {
            for (ItemKey key : keys) {
                Held held = replica.held(key);
                Write head = held.head;
                Stamp stamp = view.stamp(local, key);
                // What the region has written itself may be told only now.
                if (stamp != null
                        && stamp.version().region().equals(region.id)
                        && !writes.containsKey(stamp.version())) {
                    replica.touched.add(key);
                } else if (stamp == null && head != null && !head.isDelete()) {
                    givenUp(region.id, replica, held, head);
                } else {
                    LawBroken.unless(
                            stamp == null || (head != null && head.version.equals(stamp.version())),
                            LAW,
                            () -> region.id + " holds " + key + " as " + stamp + "; it is to hold " + head);
                }
            }
            return true;
        });
    }

    private void givenUp(RegionId region, Replica replica, Held held, Write head) {
        Map<ItemKey, Held> source = replica.source;
        Held there = source == null ? null : source.get(head.key);
        boolean isOthers = !head.version.region().equals(region);
        LawBroken.unless(
                (isOthers && isVoid(head))
                        || (there != null && (there.known.get(head.place) || there.passed.get(head.place))),
                LAW,
                () -> region + " has given up " + head.key + " as " + head + ", and nothing says that it is overtaken");
        held.head = null;
        held.forgetKnown();
    }

    private Optional<Member> self(HandTurnedRegion region) {
        return region.store
                .read(view -> view.document(MEMBERSHIPS, table.toString()))
                .map(GlobalTable::decode)
                .map(global -> global.member(region.id));
    }

    private void beganAnew(HandTurnedRegion region, Replica replica) {
        self(region).filter(self -> self.wasEvicted() && !self.isIgnored()).ifPresent(self -> {
            replica.voidUpTo = self.ignoredUpTo();
            isAnyVoid = true;
        });
    }

    private void endLoad(HandTurnedRegion region, Replica replica) {
        replica.isLoading = false;
        TableDescriptor local = region.store.catalog().table(table);
        if (local == null
                || self(region)
                        .filter(self -> self.state() == Member.State.ACTIVE)
                        .isEmpty()) {
            return;
        }
        region.store.read(view -> {
            replica.items.forEach((key, held) -> {
                if (view.stamp(local, key) == null) {
                    // From now on it knows that what it does not hold is deleted.
                    held.learn((BitSet) held.passed.clone(), new BitSet());
                }
            });
            return true;
        });
    }

    /**
     * At the end, when all regions hold the same: each write that no other knew of and that is not the one held is
     * reported as a loser; but for deletes of which nothing was left when a region came back that had missed them.
     */
    public void checkNoneIsMissed() {
        Set<Version> losers = new HashSet<>();
        reported.forEach(pair -> losers.add(pair.loser));
        writesOf.forEach((key, all) -> {
            BitSet overwritten = new BitSet();
            BitSet passed = new BitSet();
            all.forEach(write -> {
                overwritten.or(write.known);
                passed.or(write.passed);
            });
            Version last =
                    all.stream().map(Write::version).max(Version::compareTo).orElseThrow();
            for (Write write : all) {
                boolean isSeen = overwritten.get(write.place)
                        || write.version.equals(last)
                        || (write.isDelete() && passed.get(write.place));
                LawBroken.unless(
                        isSeen || losers.contains(write.version),
                        LAW,
                        () -> "nobody knew " + write + " of " + key + ", which lost against " + last
                                + " and was never reported");
            }
        });
    }
}
