package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import dev.meridian.replicator.StoreIdentity;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out that this region's store was put back to an earlier state, and has the region rejoin: from then on it issues
 * nothing at or below what it had issued before, and its replicas are as those of an evicted region, which load what they
 * miss and write anew what the others may lack.
 *
 * <p>A store was put back if another region has seen of it what it does not know, or if its own topics hold what it does
 * not know. What it wrote behind the point where its history parts from what was seen is ignored by the others until it
 * has rejoined. Unlike an evicted region it loads from every member: each may have something that the others lack.
 * Members that are away are loaded from when they come back; until then this region certifies nothing.
 */
final class Rejoin implements Duty, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rejoin.class);
    private static final long LOOK_MILLIS = 200;
    private static final Bytes YES = Bytes.wrap(new byte[] {1});

    /** Documents by the region's own name: the region has rejoined and has not read all of its own topics since. */
    private static final String REPLAY = "rejoin-replay";

    /** Documents by the region's own name: since a rejoin not all tables are here that this region should have. */
    private static final String AWAITED = "rejoin-tables";

    /** From the first sign on, for what the other regions have seen to be heard. */
    private static final long HEAR_MILLIS = 2_000;

    /** A region that has sent no heartbeat for this long is away: five seconds are 25 of them. */
    private static final long AWAY_MILLIS = 5_000;

    private static final int LOOKS_UNTIL_AWAY = (int) (AWAY_MILLIS / LOOK_MILLIS);

    /** Each other region may tell of something new once; more is another process on a copy of this folder. */
    private static final int REJOINS_SPARE = 2;

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Collection<Publisher> publishers;
    private final Memberships memberships;
    private final SortedMap<RegionId, Replicator> peers;
    private final InstantSource clock;
    private final Supplier<UUID> ids;
    private final Runnable doorbell;
    private final CallPolicy policy;
    private final Pace pace;
    private final Underway underway = new Underway();
    private final Map<TableId, Rejoining> tables = new ConcurrentSkipListMap<>();
    private @Nullable OwnTopics replay;

    /** Invariant: true before a rejoin is committed, and until a commit says that the own topics have been read since. */
    private volatile boolean isReplaying;

    private int rejoins;
    private long nextLookMillis;

    /** Since this was made, as far as they matter. A process that stood still meanwhile has not listened. */
    private volatile int looks;

    private volatile long foundAtMillis = -1;

    /**
     * Since a rejoin not all other regions have been heard to the end: there may be tables that this one has lost. Invariant:
     * true while a document says so.
     */
    private volatile boolean awaitsTables;

    /** They have been heard, which the document is to tell. */
    private boolean hasAllTables;

    private volatile @Nullable String alarm;

    Rejoin(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Collection<Publisher> publishers,
            Memberships memberships,
            SortedMap<RegionId, Replicator> peers,
            InstantSource clock,
            Supplier<UUID> ids,
            Runnable doorbell) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.policy = policy;
        this.pace = policy.pace();
        this.publishers = publishers;
        this.memberships = memberships;
        this.peers = peers;
        this.clock = clock;
        this.ids = ids;
        this.doorbell = doorbell;
        store.read(view -> {
            for (String id : view.documentKeys(Rejoining.SPACE)) {
                kept(view, id).ifPresent(left -> tables.put(TableId.parse(id), left));
            }
            isReplaying = view.document(REPLAY, region.value()).isPresent();
            awaitsTables = view.document(AWAITED, region.value()).isPresent();
            return true;
        });
    }

    /** What is wrong, for people; null if nothing is. */
    @Nullable
    String alarm() {
        return alarm;
    }

    /** What is left to do for a table; null if nothing is. */
    @Nullable
    Rejoining of(TableId table) {
        return tables.get(table);
    }

    /** Whether all is known here that this region has ever said: else it certifies nothing. */
    boolean isComplete() {
        return tables.isEmpty()
                && foundAtMillis < 0
                && !awaitsTables
                && !isReplaying
                && hasHeardOthers()
                && partsFrom().isEmpty();
    }

    /** Only they can tell whether this store was put back. One that does not say anything is away. */
    boolean hasHeardOthers() {
        boolean hasListened = looks >= LOOKS_UNTIL_AWAY;
        return peers.values().stream()
                .allMatch(peer ->
                        peer.lastStore() != null || peer.lastHeartbeat() != null || (hasListened && isAway(peer)));
    }

    static boolean isAway(Replicator peer) {
        return peer.silentMillis() >= AWAY_MILLIS;
    }

    /** Whether nothing tells that this store was put back, but what has been dealt with. */
    boolean isSure() {
        return foundAtMillis < 0 && !isReplaying && partsFrom().isEmpty();
    }

    /** Whether a table that is not here may have been here before this region rejoined. */
    boolean awaitsTables() {
        return awaitsTables;
    }

    /** Whether this region is above all that the others have told of it; until then it writes nothing for good. */
    boolean isSettled() {
        return isSure() && peers.values().stream().anyMatch(peer -> peer.lastStore() != null);
    }

    /** Whether this store has ever been put back or emptied: only then can it lack a table that it should hold. */
    boolean hasRejoined() {
        return store.history().settled().isAfter(HybridTimestamp.ZERO);
    }

    /** How far this region's own topics of a table had come. */
    CompletionStage<OwnTopics.Reached> reached(GlobalTable table) {
        return OwnTopics.reached(bus, region, List.of(named(table)));
    }

    private static OwnTopics.Named named(GlobalTable table) {
        return new OwnTopics.Named(table.id(), table.name(), table.partitions());
    }

    /**
     * For a table of which the own topics are to be read again, and that is to be loaded from all others: in the transaction
     * that says so.
     *
     * @param reached how far the own topics of the table had come
     */
    void begin(WriteView view, GlobalTable table, OwnTopics.Reached reached) {
        view.rejoin(
                new Incarnation(ids.get()),
                later(reached.clock(), store.history().settled()),
                reached.last());
        noteReplay(view);
        loadFromAll(view, table, HybridTimestamp.ZERO);
    }

    /** Behind the commit of what {@link #begin} did. */
    void begun(TableId table) {
        refresh(table);
        isReplaying = true;
    }

    private void noteReplay(WriteView view) {
        view.document(REPLAY, region.value(), YES);
    }

    /** The document that says so. */
    private void loadFromAll(WriteView view, GlobalTable table, HybridTimestamp common) {
        keep(view, table.id(), new Rejoining(common, others(table)));
    }

    private static void keep(WriteView view, TableId table, @Nullable Rejoining left) {
        view.document(Rejoining.SPACE, table.toString(), left == null ? null : left.encode());
    }

    private static Optional<Rejoining> kept(ReadView view, String table) {
        return view.document(Rejoining.SPACE, table).map(Rejoining::decode);
    }

    /** Behind the commit of what {@link #loaded} did. */
    void refresh(TableId table) {
        store.read(view -> kept(view, table.toString()))
                .ifPresentOrElse(left -> tables.put(table, left), () -> tables.remove(table));
    }

    private SortedSet<RegionId> others(GlobalTable table) {
        TreeSet<RegionId> others = new TreeSet<>(table.members().keySet());
        others.removeIf(other -> other.equals(region) || !isPresent(table, other));
        return others;
    }

    /** Whether the own topics are still being read: nothing is loaded before. */
    boolean isReplaying() {
        return isReplaying;
    }

    /** Whether the last reading of them is over and done with. */
    boolean canReplay() {
        return !isReplaying && replay == null;
    }

    /** A member that a copy can be loaded from now. */
    Optional<RegionId> source(GlobalTable table) {
        Rejoining rejoining = tables.get(table.id());
        return rejoining == null
                ? Optional.empty()
                : rejoining.from().stream()
                        .filter(from -> isPresent(table, from) && isHere(from))
                        .findFirst();
    }

    /** Whether a member is still waited for. */
    boolean isWaiting(GlobalTable table) {
        Rejoining rejoining = tables.get(table.id());
        return rejoining != null && rejoining.from().stream().anyMatch(from -> isPresent(table, from));
    }

    private static boolean isPresent(GlobalTable table, RegionId of) {
        Member member = table.member(of);
        return member != null && member.state().isPresent();
    }

    private boolean isHere(RegionId other) {
        Replicator peer = peers.get(other);
        return peer != null && peer.lastHeartbeat() != null && !isAway(peer);
    }

    /** In the transaction in which a copy is complete. */
    void loaded(WriteView view, GlobalTable table, RegionId from) {
        kept(view, table.id().toString()).map(left -> left.without(from)).ifPresent(left -> {
            boolean isDone = left.from().stream().noneMatch(other -> isPresent(table, other));
            keep(view, table.id(), isDone ? null : left);
        });
    }

    /** @param hasHeardAll whether each other region's control topic has been taken in as far as it says */
    void heard(boolean hasHeardAll) {
        hasAllTables = awaitsTables
                && hasHeardAll
                && memberships.all().values().stream()
                        .noneMatch(table -> isPresent(table, region)
                                && store.catalog().table(table.id()) == null
                                && tables.get(table.id()) == null);
    }

    @Override
    public int turn() {
        if (underway.waits(pace, this::failed) || !pace.isDue()) {
            return 0;
        }
        if (isReplaying) {
            return replay();
        }
        close();
        if (hasAllTables) {
            hasAllTables = false;
            underway.begin(store.write(view -> {
                        view.document(AWAITED, region.value(), null);
                        return true;
                    })
                    .thenAccept(unused -> awaitsTables = false));
            return 1;
        }
        if (!DueTime.isReached(nextLookMillis, LOOK_MILLIS, clock.millis())) {
            return 0;
        }
        nextLookMillis = clock.millis() + LOOK_MILLIS;
        looks = Math.min(looks + 1, LOOKS_UNTIL_AWAY);
        return look();
    }

    /** Reads the own topics, and then says so. */
    private int replay() {
        OwnTopics reading = replay;
        if (reading == null) {
            reading = new OwnTopics(region, store, bus, policy, clock, doorbell);
            replay = reading;
        }
        int work = reading.turn();
        String trouble = reading.trouble();
        alarm = trouble == null ? null : "cannot read again what its own topics hold: " + trouble;
        if (reading.isReplayed()) {
            underway.begin(store.write(view -> {
                        view.document(REPLAY, region.value(), null);
                        return true;
                    })
                    .thenAccept(unused -> isReplaying = false));
        }
        return work;
    }

    private String why(boolean othersKnowMore, boolean topicsKnowMore) {
        Optional<String> empty = begunEmpty();
        if (empty.isPresent()) {
            return empty.get() + "; it rejoins";
        }
        return othersKnowMore || topicsKnowMore
                ? "the store is older than what "
                        + (othersKnowMore ? "other regions have seen of it" : "its own topics hold")
                        + ": its folder was replaced by an earlier copy; it rejoins"
                : "an operator has asked for it; it rejoins";
    }

    /** What is said of a store that an operator had begin empty. */
    private Optional<String> begunEmpty() {
        return store.read(view -> view.document(Store.BEGUN_EMPTY, region.value()))
                .map(before -> new String(before.toArray(), StandardCharsets.UTF_8))
                .map(before -> "the store began empty, as an operator asked"
                        + (before.isEmpty() ? "" : "; tables that no other region has are only in " + before));
    }

    /** What another region tells from now on is not of what an operator knew. */
    private void forgetBegunEmpty() {
        boolean areAllHeard = peers.values().stream().allMatch(peer -> peer.lastStore() != null);
        if (areAllHeard && isComplete() && begunEmpty().isPresent()) {
            underway.begin(store.write(view -> {
                        view.document(Store.BEGUN_EMPTY, region.value(), null);
                        return true;
                    })
                    .thenAccept(unused -> {}));
        }
    }

    /** What is missing, or may be, once the region has rejoined. */
    private String lost(HybridTimestamp common) {
        String unknown = begunEmpty().isPresent() ? "before" : "behind that, which is not known,";
        return begunEmpty().orElse("the store was put back to an earlier state") + ". What it had committed "
                + (common.equals(HybridTimestamp.ZERO) ? unknown : "behind " + Instant.ofEpochMilli(common.millis()))
                + " is here again only as far as other regions or its own topics have it,"
                + " and what it wrote from then until it rejoined may be missing in its"
                + " stream topics";
    }

    private void failed(Throwable why) {
        LOG.warn("{}: cannot rejoin yet: {}; it is tried again", region, why.getMessage());
    }

    private int look() {
        boolean topicsKnowMore = publishers.stream().anyMatch(Publisher::hasForeignTails);
        Optional<HybridTimestamp> parts = partsFrom();
        boolean isAsked = store.read(view -> view.document(Store.REJOIN_REQUESTED, region.value()))
                .isPresent();
        if (!topicsKnowMore && parts.isEmpty() && !isAsked) {
            foundAtMillis = -1;
            alarm = null;
            forgetBegunEmpty();
            return 0;
        }
        if (foundAtMillis < 0) {
            foundAtMillis = clock.millis();
            alarm = why(parts.isPresent(), topicsKnowMore);
            LOG.error("{}: {}", region, alarm);
            return 1;
        }
        if (!DueTime.isReached(foundAtMillis + HEAR_MILLIS, HEAR_MILLIS, clock.millis())) {
            return 0;
        }
        if (rejoins > peers.size() + REJOINS_SPARE) {
            alarm = "CLONED: another process runs on a copy of this region's folder; stop one of them";
            return 0;
        }
        underway.begin(OwnTopics.reached(bus, region, named())
                .thenCompose(reached -> declare(reached, parts.orElse(HybridTimestamp.ZERO))));
        return 1;
    }

    private List<OwnTopics.Named> named() {
        Map<TableId, OwnTopics.Named> all = new TreeMap<>();
        memberships.all().values().forEach(table -> all.put(table.id(), named(table)));
        store.catalog().tables().values().forEach(table -> all.put(table.id(), new OwnTopics.Named(table)));
        return List.copyOf(all.values());
    }

    /** Up to which clock this store has all that others have seen; empty if there is nothing that it lacks. */
    private Optional<HybridTimestamp> partsFrom() {
        HybridTimestamp least = null;
        for (Replicator peer : peers.values()) {
            SeenHistory seen = seenBy(peer);
            // Read behind what was seen: what this store commits in between may have been seen already.
            Optional<HybridTimestamp> parts = store.history().partsFrom(seen, store.committedThrough());
            if (parts.isPresent() && (least == null || least.isAfter(parts.get()))) {
                least = parts.get();
            }
        }
        return Optional.ofNullable(least);
    }

    private SeenHistory seenBy(Replicator peer) {
        StoreIdentity said = peer.lastStore();
        return said == null ? SeenHistory.NONE : said.seen().getOrDefault(region, SeenHistory.NONE);
    }

    private CompletionStage<Void> declare(OwnTopics.Reached reached, HybridTimestamp common) {
        HybridTimestamp above =
                later(reached.clock(), HybridTimestamp.ofMillis(clock.millis() + Replicator.CLOCK_BOUND_MILLIS));
        for (Replicator peer : peers.values()) {
            Heartbeat heartbeat = peer.lastHeartbeat();
            above = later(above, seenBy(peer).latest());
            above = later(
                    above,
                    heartbeat == null
                            ? HybridTimestamp.ZERO
                            : heartbeat.applied().get(region));
        }
        return declare(new Incarnation(ids.get()), above, reached, common);
    }

    private static HybridTimestamp later(HybridTimestamp a, HybridTimestamp b) {
        return a.isAfter(b) ? a : b;
    }

    private CompletionStage<Void> declare(
            Incarnation next, HybridTimestamp above, OwnTopics.Reached reached, HybridTimestamp common) {
        // Whoever sees a replica evicted finds it so: nothing is loaded before all that is known of it is here.
        isReplaying = true;
        awaitsTables = true;
        String lost = lost(common);
        return memberships
                .editAll(view -> {
                    view.rejoin(next, above, reached.last());
                    view.document(Store.REJOIN_REQUESTED, region.value(), null);
                    view.document(Store.BEGUN_EMPTY, region.value(), null);
                    noteReplay(view);
                    view.document(AWAITED, region.value(), YES);
                    List<GlobalTable> changed = new ArrayList<>();
                    for (TableId id : memberships.all().keySet()) {
                        memberships
                                .stored(view, id)
                                .flatMap(table -> leave(view, table, common))
                                .ifPresent(changed::add);
                    }
                    DataLosses.note(view, "rejoin/" + next, new DataLoss(clock.millis(), null, null, lost));
                    return changed;
                })
                .whenComplete((unused, failure) -> {
                    if (failure != null) {
                        isReplaying = false;
                        return;
                    }
                    memberships.all().keySet().forEach(this::refresh);
                    rejoins++;
                    foundAtMillis = -1;
                    LOG.error("{}: rejoins as incarnation {}, above {}", region, next, above);
                });
    }

    /** Empty if there is nobody to load from. */
    private Optional<GlobalTable> leave(WriteView view, GlobalTable table, HybridTimestamp common) {
        Member self = table.member(region);
        Set<RegionId> others = others(table);
        boolean stays = self != null
                && (self.state() == State.ACTIVE || self.state() == State.CREATING || self.state() == State.EVICTED);
        if (self == null || !stays || others.isEmpty() || view.catalog().table(table.id()) == null) {
            return Optional.empty();
        }
        loadFromAll(view, table, common);
        Version version = memberships.versionAfter(view, self);
        // This store may have forgotten a later membership, which the others know: this one comes behind it.
        return Optional.of(table.with(region, self.renewed(version).evicted(version, seenByAll(others, common))));
    }

    /** Up to which clock all others have applied what this region wrote; only what is certain. */
    private HybridTimestamp seenByAll(Set<RegionId> others, HybridTimestamp common) {
        HybridTimestamp seen = common;
        for (RegionId other : others) {
            Replicator peer = peers.get(other);
            Heartbeat heartbeat = peer == null ? null : peer.lastHeartbeat();
            HybridTimestamp applied = heartbeat == null
                    ? HybridTimestamp.ZERO
                    : heartbeat.applied().get(region);
            seen = seen.isAfter(applied) ? applied : seen;
        }
        return seen;
    }

    @Override
    public void close() {
        OwnTopics open = replay;
        if (open != null) {
            open.close();
            replay = null;
        }
    }
}
