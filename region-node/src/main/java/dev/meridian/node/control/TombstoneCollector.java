package dev.meridian.node.control;

import dev.meridian.conflict.TombstoneRule;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets tombstones go that no replica needs any more, by {@link TombstoneRule}. One bounded step at a time.
 *
 * <p>Why nothing that was deleted comes back: what arrives later either was written with the knowledge of the delete, and
 * is above it; or it has been applied here before, and lies below the floor that is raised in the same transaction.
 *
 * <p>Why a new replica cannot be overlooked: its source knows of it before it begins the copy. A delete that is not in the
 * copy is applied by the source later, and the heartbeat in which the source says so is not caught up with before the
 * source's control topic is, which tells of the new replica. While that is CREATING, nothing goes.
 */
final class TombstoneCollector implements Duty {
    /** Tombstones looked at in one step. */
    private static final int STEP = 500;

    private static final long ROUND_MILLIS = 1_000;

    private final RegionId region;
    private final Store store;
    private final InstantSource clock;
    private final Memberships memberships;
    private final SortedMap<RegionId, Replicator> peers;
    private final Following following;
    private final Supplier<VersionVector> applied;
    private final BooleanSupplier knowsItself;
    private final ArrayDeque<TableId> round = new ArrayDeque<>();
    private final AtomicLong collected = new AtomicLong();
    private final Map<TableId, String> heldBack = new ConcurrentSkipListMap<>();
    private final Underway underway = new Underway();
    private @Nullable ItemKey after;
    private long nextRoundMillis;

    /** How far all replicas of a table are. */
    private record Watermarks(VersionVector own, Map<RegionId, VersionVector> others) {}

    /** @param knowsItself whether what other regions have applied of this one is of the store as it is now */
    TombstoneCollector(
            RegionId region,
            Store store,
            InstantSource clock,
            Memberships memberships,
            SortedMap<RegionId, Replicator> peers,
            Following following,
            Supplier<VersionVector> applied,
            BooleanSupplier knowsItself) {
        this.region = region;
        this.store = store;
        this.clock = clock;
        this.memberships = memberships;
        this.peers = peers;
        this.following = following;
        this.applied = applied;
        this.knowsItself = knowsItself;
    }

    /** Tombstones that have gone since this process began. */
    long collected() {
        return collected.get();
    }

    /** Why a table's tombstones stay, if they must, for people. */
    Optional<String> heldBack(TableId table) {
        return Optional.ofNullable(heldBack.get(table));
    }

    @Override
    public int turn() {
        // What failed is found again in the next round.
        if (underway.waits(failure -> {})) {
            return 0;
        }
        if (round.isEmpty()) {
            if (!DueTime.isReached(nextRoundMillis, ROUND_MILLIS, clock.millis())) {
                return 0;
            }
            nextRoundMillis = clock.millis() + ROUND_MILLIS;
            memberships.all().keySet().forEach(round::add);
            heldBack.keySet().retainAll(round);
            return 0;
        }
        try {
            step(round.element());
        } catch (DamagedValueException known) {
            next();
        }
        return 1;
    }

    private void step(TableId id) {
        TableDescriptor local = store.catalog().table(id);
        Optional<Watermarks> watermarks = local == null || local.status() == TableStatus.DELETING
                ? Optional.empty()
                : store.read(view -> view.statistics(local)).tombstones() == 0 ? Optional.empty() : watermarks(id);
        if (local == null || watermarks.isEmpty()) {
            next();
            return;
        }
        List<Versioned> seen = store.read(view -> view.tombstones(local, after, STEP));
        List<Versioned> going = seen.stream()
                .filter(tombstone -> TombstoneRule.mayCollect(
                        tombstone.stamp(),
                        watermarks.get().own(),
                        watermarks.get().others()))
                .toList();
        if (!going.isEmpty()) {
            collect(local, memberships.get(id), watermarks.get(), going);
        }
        if (seen.size() < STEP) {
            next();
        } else {
            after = seen.get(seen.size() - 1).key();
        }
    }

    private void next() {
        round.remove();
        after = null;
    }

    private void collect(
            TableDescriptor local, @Nullable GlobalTable known, Watermarks watermarks, List<Versioned> going) {
        underway.begin(store.write(view -> {
                    TableDescriptor now = view.catalog().table(local.id());
                    boolean same = now != null
                            && now.number() == local.number()
                            && known != null
                            && memberships.stored(view, local.id()).equals(Optional.of(known));
                    if (now == null || !same) {
                        return 0;
                    }
                    int gone = 0;
                    for (Versioned tombstone : going) {
                        Stamp held = view.stamp(now, tombstone.key());
                        if (tombstone.stamp().equals(held)) {
                            Version deleted = tombstone.stamp().version();
                            VersionVector floor = watermarks.own().without(region);
                            view.raiseFloor(now, deleted.region().equals(region) ? floor.with(deleted) : floor);
                            view.collect(now, tombstone.key());
                            gone++;
                        }
                    }
                    return gone;
                })
                .thenAccept(collected::addAndGet));
    }

    /** Empty if somebody is not as far as to say anything. */
    private Optional<Watermarks> watermarks(TableId id) {
        // First what was reached, then who is known: see above.
        VersionVector own = applied.get().with(new Version(HybridTimestamp.MAX, region));
        Map<RegionId, Heartbeat> reached = new TreeMap<>();
        peers.forEach((origin, peer) -> {
            Heartbeat heartbeat = peer.reached();
            if (heartbeat != null) {
                reached.put(origin, heartbeat);
            }
        });
        if (!knowsItself.getAsBoolean()) {
            heldBack.put(id, "the other regions have not all told yet what they know of " + region);
            return Optional.empty();
        }
        GlobalTable table = memberships.get(id);
        Member self = table == null ? null : table.member(region);
        if (table == null || self == null || self.state() != State.ACTIVE) {
            return Optional.empty();
        }
        TreeMap<RegionId, VersionVector> others = new TreeMap<>();
        for (Map.Entry<RegionId, Member> entry : table.members().entrySet()) {
            RegionId origin = entry.getKey();
            Member member = entry.getValue();
            Optional<String> why =
                    origin.equals(region) ? Optional.empty() : waitsFor(table, origin, member, reached.get(origin));
            if (why.isPresent()) {
                heldBack.put(id, why.get());
                return Optional.empty();
            }
            Heartbeat heartbeat = reached.get(origin);
            boolean counts = member.state() == State.ACTIVE || member.state() == State.DELETING;
            if (!origin.equals(region) && counts && heartbeat != null) {
                others.put(origin, heartbeat.applied().with(new Version(HybridTimestamp.MAX, origin)));
            }
        }
        heldBack.remove(id);
        return Optional.of(new Watermarks(own, others));
    }

    private Optional<String> waitsFor(
            GlobalTable table, RegionId origin, Member member, @Nullable Heartbeat heartbeat) {
        if (member.isIgnored() && member.state() != State.CREATING) {
            return following.isUnfollowed(table, origin) ? Optional.empty() : Optional.of(origin + " was evicted");
        }
        boolean goes =
                switch (member.state()) {
                    case CREATING, EVICTED -> false;
                    case ACTIVE, DELETING ->
                        heartbeat != null
                                && heartbeat.mark().isAfter(member.version().time());
                    case CREATION_FAILED, REMOVED, DISASSOCIATED ->
                        member.hasConfirmedBy(origin) && following.isApplied(table, origin, member);
                };
        return goes ? Optional.empty() : Optional.of(origin + " is " + member.state() + ", and not heard of since");
    }
}
