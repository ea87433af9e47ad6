package dev.meridian.node.control;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Which replica has been silent for so long that the others no longer wait for it. A replica is evicted only by more than
 * half of those there are, or by half of them with the one whose name is the first: two halves of a divided world do not
 * evict each other. The first by name of those that are ACTIVE is never evicted, so that there is always one to load from,
 * however regions came to think of each other; if it is gone for good, it must be removed.
 */
final class Eviction {
    private final RegionId region;
    private final SortedMap<RegionId, Replicator> peers;
    private final Supplier<VersionVector> applied;
    private final Duration after;

    /** @param seenUpTo what it wrote up to here has been applied by all others */
    record Verdict(RegionId silent, Member member, HybridTimestamp seenUpTo) {}

    /** @param after zero for never */
    Eviction(RegionId region, SortedMap<RegionId, Replicator> peers, Supplier<VersionVector> applied, Duration after) {
        this.region = region;
        this.peers = peers;
        this.applied = applied;
        this.after = after;
    }

    Optional<Verdict> look(GlobalTable table) {
        Member self = table.member(region);
        if (after.isZero() || self == null || self.state() != State.ACTIVE) {
            return Optional.empty();
        }
        TreeMap<RegionId, Member> present = new TreeMap<>(table.members());
        present.values().removeIf(member -> !member.state().isPresent() || member.state() == State.EVICTED);
        for (Map.Entry<RegionId, Member> entry : table.members().entrySet()) {
            RegionId origin = entry.getKey();
            boolean waitedFor = present.containsKey(origin)
                    || (entry.getValue().state() == State.REMOVED
                            && !entry.getValue().hasConfirmedBy(origin)
                            && !entry.getValue().isIgnored());
            if (waitedFor && !isFirst(present, origin) && isSilentFor(origin, after) && isDecidedBy(present)) {
                return Optional.of(new Verdict(origin, entry.getValue(), seenByAll(present, origin)));
            }
        }
        return Optional.empty();
    }

    private static boolean isFirst(SortedMap<RegionId, Member> present, RegionId origin) {
        return present.entrySet().stream()
                .filter(entry -> entry.getValue().state() == State.ACTIVE)
                .findFirst()
                .map(first -> first.getKey().equals(origin))
                .orElse(true);
    }

    private boolean isSilentFor(RegionId origin, Duration time) {
        Replicator peer = peers.get(origin);
        return peer != null && peer.silentMillis() > time.toMillis();
    }

    private boolean isDecidedBy(SortedMap<RegionId, Member> present) {
        long heard = present.keySet().stream()
                .filter(member -> member.equals(region)
                        || (peers.containsKey(member) && !isSilentFor(member, after.dividedBy(2))))
                .count();
        boolean withFirst = present.firstKey().equals(region) || !isSilentFor(present.firstKey(), after.dividedBy(2));
        return 2 * heard > present.size() || (2 * heard == present.size() && withFirst);
    }

    /** Only what is certain. */
    private HybridTimestamp seenByAll(SortedMap<RegionId, Member> present, RegionId silent) {
        HybridTimestamp seen = applied.get().get(silent);
        for (Map.Entry<RegionId, Member> entry : present.entrySet()) {
            RegionId other = entry.getKey();
            if (other.equals(region) || other.equals(silent)) {
                continue;
            }
            Replicator peer = peers.get(other);
            Heartbeat heartbeat = peer == null ? null : peer.lastHeartbeat();
            boolean says = heartbeat != null
                    && entry.getValue().state() == State.ACTIVE
                    && heartbeat.mark().isAfter(entry.getValue().version().time());
            HybridTimestamp applied =
                    heartbeat != null && says ? heartbeat.applied().get(silent) : HybridTimestamp.ZERO;
            seen = applied.compareTo(seen) < 0 ? applied : seen;
        }
        return seen;
    }
}
