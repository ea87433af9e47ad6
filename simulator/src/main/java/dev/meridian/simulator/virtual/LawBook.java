package dev.meridian.simulator.virtual;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.control.DrainCertificate;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.check.AcknowledgedWrites;
import dev.meridian.simulator.check.CausalTokens;
import dev.meridian.simulator.check.ConflictOracle;
import dev.meridian.simulator.check.Convergence;
import dev.meridian.simulator.check.DrainCertificates;
import dev.meridian.simulator.check.Holdings;
import dev.meridian.simulator.check.LawBroken;
import dev.meridian.simulator.check.Ledger;
import dev.meridian.simulator.check.NoResurrection;
import dev.meridian.simulator.check.RecordedBus;
import dev.meridian.simulator.check.RecordedStore;
import dev.meridian.simulator.check.StreamOrder;
import dev.meridian.simulator.check.SurvivingWrites;
import dev.meridian.simulator.check.VersionsGrow;
import dev.meridian.simulator.check.WrittenItem;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All laws, and who is told what. */
final class LawBook {
    private static final int STEP = 1_000;

    private final Ledger ledger = new Ledger();
    private final VersionsGrow versions = new VersionsGrow();
    private final NoResurrection resurrection = new NoResurrection();
    private final AcknowledgedWrites acknowledged = new AcknowledgedWrites(ledger);
    private final DrainCertificates certificates = new DrainCertificates(ledger);
    private final CausalTokens tokens = new CausalTokens(ledger);
    private final SortedMap<RegionId, StreamOrder> streams = new TreeMap<>();
    private final Map<TableId, ConflictOracle> conflicts = new TreeMap<>();
    private final SurvivingWrites survivors = new SurvivingWrites();
    private final Map<RegionId, Map<TopicPartition, SequenceNumber>> rowsSeen = new HashMap<>();
    private final Map<RegionId, MemoryBus> buses;
    private final int partitions;

    /** Whether regions may be evicted: then they give up writes that lost. */
    private final boolean evicts;

    /** Whether a folder or a Kafka was replaced: which writes knew of each other cannot be told any more. */
    private boolean isReplaced;

    private int conflictsBefore;

    /** @param partitions of each topic */
    LawBook(Map<RegionId, MemoryBus> buses, int partitions, boolean evicts) {
        this.partitions = partitions;
        this.buses = buses;
        this.evicts = evicts;
        buses.keySet().forEach(region -> streams.put(region, new StreamOrder()));
    }

    Ledger ledger() {
        return ledger;
    }

    CausalTokens tokens() {
        return tokens;
    }

    AcknowledgedWrites acknowledged() {
        return acknowledged;
    }

    int conflictsFound() {
        return conflictsBefore
                + conflicts.values().stream()
                        .mapToInt(ConflictOracle::conflicts)
                        .sum();
    }

    /** A write of a region's own is committed. @param leavesNothing a delete where the table is in this region alone */
    void wrote(HandTurnedRegion region, WrittenItem write, boolean leavesNothing) {
        survivors.wrote(region.id, write);
        versions.issued(write.version());
        ledger.wrote(write);
        if (leavesNothing) {
            // As if nothing had ever been there.
            if (!isReplaced) {
                oracle(write.table()).forgot(region.id, write.key());
            }
            return;
        }
        versions.held(region.id, write.table(), write.key(), write.version());
        resurrection.committed(region.id, write);
        if (!isReplaced) {
            oracle(write.table()).wrote(region.id, write.key(), write.version(), write.image());
        }
    }

    private ConflictOracle oracle(TableId table) {
        return conflicts.computeIfAbsent(table, id -> new ConflictOracle(id, buses));
    }

    /** Another region's write has won in a region. */
    void applied(HandTurnedRegion region, WrittenItem write) {
        survivors.applied(region.id, write);
        versions.held(region.id, write.table(), write.key(), write.version());
        resurrection.committed(region.id, write);
    }

    /** What a region's store has by now, for when it is put back to that. */
    SurvivingWrites.Copy copy(RegionId region) {
        return survivors.copy(region);
    }

    /** A region has lost its Kafka. */
    void lostKafka(RegionId region) {
        isReplaced = true;
        conflictsBefore = conflictsFound();
        conflicts.clear();
        stream(region).replaced();
        rowsSeen.remove(region);
    }

    /**
     * A region that was put back has found out, and loads a table from the others. What it wrote before may be missing in
     * its streams, as it says itself.
     */
    void rejoins(RegionId region, TableId table) {
        forget(region, table);
        stream(region).replaced();
    }

    /** A region's folder was replaced by an older copy of itself. */
    void restored(RegionId region, SurvivingWrites.Copy by) {
        lostKafka(region);
        survivors.replaced(region, by);
        Map<SurvivingWrites.Item, WrittenItem> left = survivors.highest(buses, partitions);
        versions.forget(
                region,
                left.values().stream()
                        .map(WrittenItem::version)
                        .filter(version -> version.region().equals(region))
                        .max(Version::compareTo)
                        .orElse(null));
        ledger.keep(left);
        acknowledged.keep();
        certificates.forgetAll();
        resurrection.forget(region);
    }

    /** A region begins to load a table, or gives up items of it. */
    void forget(RegionId region, TableId table) {
        versions.forget(region, table);
        resurrection.forget(region, table);
    }

    /** A region has committed one work of its store. */
    void observe(HandTurnedRegion region, List<RecordedStore.Edit> edits) {
        readRows(region);
        if (isReplaced) {
            return;
        }
        region.store.catalog().tables().values().forEach(table -> oracle(table.id()));
        conflicts.values().forEach(oracle -> {
            oracle.took(region, edits);
            oracle.observe(region);
        });
    }

    /** A region hands records to its bus. */
    RecordedBus.Appended appending(HandTurnedRegion region, List<BusRecord> records) {
        List<RecordedBus.Appended> all = conflicts.values().stream()
                .map(oracle -> oracle.appending(region, records))
                .toList();
        return offsets -> all.forEach(each -> each.at(offsets));
    }

    /** The changes that are to go out by the stream, in the order of their commits. */
    private void readRows(HandTurnedRegion region) {
        Map<TopicPartition, SequenceNumber> places = rowsSeen.computeIfAbsent(region.id, unused -> new HashMap<>());
        for (TableDescriptor table : region.store.catalog().tables().values()) {
            String topic = TopicNames.of(Lane.STREAM, region.id, table.name(), table.id());
            for (int number = 0; number < table.partitions(); number++) {
                ChangePartition partition =
                        new ChangePartition(table.id(), table.name(), table.schema(), number, table.partitions());
                TopicPartition at = new TopicPartition(topic, number);
                SequenceNumber seen = places.getOrDefault(at, SequenceNumber.NONE);
                List<Change> news;
                do {
                    news = region.store.changes().read(Lane.STREAM, partition, seen, STEP, Integer.MAX_VALUE);
                    for (Change change : news) {
                        seen = change.sequence();
                        stream(region.id).committed(at, seen);
                    }
                } while (news.size() == STEP);
                places.put(at, seen);
            }
        }
    }

    private StreamOrder stream(RegionId region) {
        return java.util.Objects.requireNonNull(streams.get(region));
    }

    /** What regions say of how far they are. */
    void checkClaims(HandTurnedRegion asked, HandTurnedRegion from, HandTurnedRegion to) {
        VersionVector applied = to.control.applied();
        applied.entries().forEach((origin, through) -> claimed(to.id.value(), origin, to, through));
        // What others say of a region ends with its folder; they hear of that when it is up again.
        if (from != to && (asked == to || !isReplaced)) {
            DrainCertificate certificate = DrainCertificate.of(asked.control, from.id, to.id);
            claimed("a certificate of " + asked.id, from.id, to, certificate.holdsThrough());
        }
    }

    private void claimed(String who, RegionId from, HandTurnedRegion to, HybridTimestamp through) {
        if (through.equals(HybridTimestamp.ZERO)) {
            return;
        }
        certificates.claimed(who, from, to.id, through, evicts || isReplaced, new DrainCertificates.Lookup() {
            @Override
            public boolean has(TableId table) {
                TableDescriptor local = to.store.catalog().table(table);
                return local != null
                        && local.status() != TableStatus.CREATING
                        && local.status() != TableStatus.DELETING;
            }

            @Override
            public @Nullable Version held(WrittenItem write) {
                return LawBook.held(to, write);
            }
        });
    }

    /** A region has all of a table that it loads. */
    void loaded(RegionId region) {
        certificates.forget(region);
    }

    static @Nullable Version held(HandTurnedRegion region, WrittenItem write) {
        TableDescriptor local = region.store.catalog().table(write.table());
        return local == null
                ? null
                : region.store
                        .read(view -> Optional.ofNullable(view.stamp(local, write.key())))
                        .map(Stamp::version)
                        .orElse(null);
    }

    /** All has healed, and nothing is on its way. */
    void checkEnd(SortedMap<RegionId, HandTurnedRegion> regions) {
        forEachTable(regions, (name, id, holdings) -> {
            Convergence.check(name, holdings);
            holdings.forEach((region, held) -> {
                NoResurrection.check(ledger, id, region, held);
                acknowledged.check(id, region, held);
            });
        });
        checkStreams(true);
        conflicts.values().forEach(ConflictOracle::checkNoneIsMissed);
    }

    /** Whether all regions hold the same by now. */
    static boolean isConverged(SortedMap<RegionId, HandTurnedRegion> regions) {
        try {
            forEachTable(regions, (name, id, holdings) -> Convergence.check(name, holdings));
            return true;
        } catch (LawBroken notYet) {
            return false;
        }
    }

    private interface TableCheck {
        void check(String name, TableId id, SortedMap<RegionId, Holdings> holdings);
    }

    private static void forEachTable(SortedMap<RegionId, HandTurnedRegion> regions, TableCheck check) {
        SortedMap<String, TableId> tables = new TreeMap<>();
        regions.values()
                .forEach(region -> region.store
                        .catalog()
                        .tables()
                        .values()
                        .forEach(table -> tables.put(table.name(), table.id())));
        tables.forEach((name, id) -> {
            SortedMap<RegionId, Holdings> holdings = new TreeMap<>();
            regions.forEach((region, hand) -> {
                TableDescriptor local = hand.store.catalog().table(id);
                if (local != null) {
                    holdings.put(region, Holdings.of(hand, local));
                }
            });
            check.check(name, id, holdings);
        });
    }

    /** @param isAll whether all that was committed must be in the topics */
    void checkStreams(boolean isAll) {
        streams.forEach((region, order) -> order.partitions()
                .forEach(at -> order.check(
                        region,
                        at,
                        java.util.Objects.requireNonNull(buses.get(region)).records(at),
                        isAll)));
    }
}
