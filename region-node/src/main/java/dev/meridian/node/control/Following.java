package dev.meridian.node.control;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Ignored;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Has the replicators follow whom this region must follow, and no longer whom it need not; and tells them when that is
 * all, so that they may say how far they are.
 */
final class Following {
    private final RegionId region;
    private final Store store;
    private final SortedMap<RegionId, Replicator> peers;
    private final Rejoin rejoin;
    private final SortedMap<TopicPartition, Ignored> following = new TreeMap<>();
    private final SortedMap<RegionId, Cover> covered = new TreeMap<>();

    /** What a replicator was told that it covers. */
    private record Cover(
            long controlNext,
            @Nullable TopicId controlTopic,
            SortedMap<TopicPartition, Long> finalEnds,
            HybridTimestamp bar,
            HybridTimestamp settled,
            Set<TableId> loading) {}

    Following(RegionId region, Store store, SortedMap<RegionId, Replicator> peers, Rejoin rejoin) {
        this.region = region;
        this.store = store;
        this.peers = peers;
        this.rejoin = rejoin;
    }

    static List<TopicPartition> partitions(RegionId of, GlobalTable table) {
        String topic = TopicNames.of(Lane.REPLICATION, of, table.name(), table.id());
        return TopicPartition.allOf(topic, table.partitions());
    }

    /**
     * @param tables all that this region knows of, acted upon as far as can be
     * @param controlTaken by remote region, up to which offset its control topic has been taken in
     */
    void update(Collection<GlobalTable> tables, Map<RegionId, LogPosition> controlTaken) {
        Set<TopicPartition> wanted = new TreeSet<>();
        SortedMap<TopicPartition, Long> finalEnds = new TreeMap<>();
        Set<TableId> loading = new TreeSet<>();
        for (GlobalTable table : tables) {
            Member self = table.member(region);
            if (self == null) {
                continue;
            }
            if (self.state() == State.CREATING || self.state() == State.EVICTED) {
                loading.add(table.id());
            }
            if (store.catalog().table(table.id()) == null) {
                continue;
            }
            if (self.state() == State.CREATING) {
                followCopy(table, self, wanted);
            } else if (self.state() == State.ACTIVE) {
                table.members().forEach((origin, member) -> followMember(table, origin, member, wanted, finalEnds));
            }
        }
        Set<TopicPartition> gone = new TreeSet<>(following.keySet());
        gone.removeAll(wanted);
        if (!gone.isEmpty()) {
            peers.values().forEach(peer -> peer.unfollow(gone));
            following.keySet().removeAll(gone);
        }
        tell(loading, tables, finalEnds, controlTaken);
    }

    private void tell(
            Set<TableId> loading,
            Collection<GlobalTable> tables,
            SortedMap<TopicPartition, Long> finalEnds,
            Map<RegionId, LogPosition> controlTaken) {
        peers.forEach((origin, peer) -> {
            Cover before = covered.get(origin);
            if (before != null && !before.loading.containsAll(loading)) {
                peer.withdraw();
            }
            LogPosition taken = controlTaken.getOrDefault(origin, LogPosition.START);
            Cover cover = new Cover(
                    taken.next(), taken.topic(), finalEnds, bar(tables, origin), settled(tables, origin), loading);
            if (!cover.equals(covered.put(origin, cover))) {
                peer.cover(cover.controlNext, cover.controlTopic, finalEnds, cover.bar, cover.settled, loading);
            }
        });
    }

    /** What a region says says nothing while it is evicted, and until it has written anew what nobody has seen. */
    private HybridTimestamp bar(Collection<GlobalTable> tables, RegionId origin) {
        HybridTimestamp bar = HybridTimestamp.ZERO;
        for (GlobalTable table : tables) {
            Member member = isActiveHere(table) ? table.member(origin) : null;
            if (member != null && member.wasEvicted()) {
                HybridTimestamp own =
                        switch (member.state()) {
                            case CREATING, EVICTED -> HybridTimestamp.MAX;
                            case ACTIVE, DELETING, REMOVED, CREATION_FAILED, DISASSOCIATED ->
                                later(member.version().time(), member.ignoredUpTo());
                        };
                bar = later(bar, own);
            }
        }
        return bar;
    }

    /** Of a region that has left all tables of this one, and whose changes are all here: when it left. */
    private HybridTimestamp settled(Collection<GlobalTable> tables, RegionId origin) {
        HybridTimestamp settled = HybridTimestamp.ZERO;
        for (GlobalTable table : tables) {
            Member member = isActiveHere(table) ? table.member(origin) : null;
            if (member != null) {
                if (member.isIgnored() || !member.hasConfirmedBy(origin) || !isApplied(table, origin, member)) {
                    return HybridTimestamp.ZERO;
                }
                settled = later(settled, member.version().time());
            }
        }
        return settled;
    }

    private boolean isActiveHere(GlobalTable table) {
        Member self = table.member(region);
        return self != null && self.state() == State.ACTIVE;
    }

    /** Whether all is applied here that a member wrote in memberships that have ended. */
    boolean isApplied(GlobalTable table, RegionId origin, Member member) {
        Replicator peer = peers.get(origin);
        return peer != null
                && partitions(origin, table).stream()
                        .allMatch(at -> isReached(peer, at, member.finalEnds().getOrDefault(at.partition(), 0L)));
    }

    /** Whether nothing that a member wrote is applied here any more. */
    boolean isUnfollowed(GlobalTable table, RegionId origin) {
        Replicator peer = peers.get(origin);
        List<TopicPartition> partitions = partitions(origin, table);
        return peer == null || (partitions.stream().noneMatch(following::containsKey) && !peer.isApplying(partitions));
    }

    private static HybridTimestamp later(HybridTimestamp a, HybridTimestamp b) {
        return a.isAfter(b) ? a : b;
    }

    private void followCopy(GlobalTable table, Member self, Set<TopicPartition> wanted) {
        RegionId source = self.source();
        Replicator peer = source == null ? null : peers.get(source);
        if (source == null || peer == null) {
            return;
        }
        TopicPartition at = new TopicPartition(TopicNames.copy(source, table.name(), table.id(), self.loadId()), 0);
        wanted.add(at);
        if (following.put(at, Ignored.NOTHING) == null) {
            VersionVector seen = VersionVector.EMPTY.with(new Version(self.seenUpTo(), region));
            Rejoining rejoining = rejoin.of(table.id());
            TableDescriptor local = store.catalog().table(table.id());
            LoadRule rule = new LoadRule(
                    region,
                    source,
                    seen,
                    peer.seen(),
                    rejoining == null ? null : rejoining.common(),
                    local != null && local.status() != TableStatus.CREATING);
            peer.follow(at, table.id(), new CopyLoader(table.id(), table.name(), table.schema(), self.loadId(), rule));
        }
    }

    /** A region that left, and one that comes again, may still have changes on their way. */
    private void followMember(
            GlobalTable table,
            RegionId origin,
            Member member,
            Set<TopicPartition> wanted,
            SortedMap<TopicPartition, Long> finalEnds) {
        Replicator peer = peers.get(origin);
        if (peer == null || member.isIgnored()) {
            return;
        }
        for (TopicPartition at : partitions(origin, table)) {
            long end = member.finalEnds().getOrDefault(at.partition(), 0L);
            // Until it says so itself, a region that was called off may have come, and written.
            if (member.hasConfirmedBy(origin) && isReached(peer, at, end)) {
                continue;
            }
            finalEnds.put(at, end);
            wanted.add(at);
            Ignored ignored = table.ignored(origin);
            if (!ignored.equals(following.put(at, ignored))) {
                peer.follow(at, table.id(), table.schema(), ignored);
            }
        }
    }

    /** Whether all before {@code end} has been applied here. */
    boolean isReached(RegionId origin, TopicPartition at, long end) {
        Replicator peer = peers.get(origin);
        return peer != null && isReached(peer, at, end);
    }

    private boolean isReached(Replicator peer, TopicPartition at, long end) {
        if (end == 0) {
            return true;
        }
        Long position = peer.positions().get(at);
        return position != null ? position >= end : offsets(peer.origin()).getOrDefault(at, 0L) >= end;
    }

    /** Whether all is in this region's store that a member wrote in earlier memberships. */
    boolean hasAllOfBefore(GlobalTable table, RegionId origin, Member member) {
        return hasAllOfBefore(table, origin, member, peers.containsKey(origin) ? offsets(origin) : Map.of());
    }

    private Map<TopicPartition, Long> offsets(RegionId origin) {
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        new StoreReplica(store).positions(origin).forEach((at, place) -> offsets.put(at, place.next()));
        return offsets;
    }

    /** @param applied up to which offsets somebody has applied */
    static boolean hasAllOfBefore(
            GlobalTable table, RegionId origin, Member member, Map<TopicPartition, Long> applied) {
        return partitions(origin, table).stream()
                .allMatch(
                        at -> applied.getOrDefault(at, 0L) >= member.finalEnds().getOrDefault(at.partition(), 0L));
    }
}
