package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.GlobalTables;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaErrors;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DroppedTable;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.TableStreams;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Alarm;
import dev.meridian.replicator.AppliedExcept;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Latest;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import dev.meridian.replicator.StoreIdentity;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.TopicLoss;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.GuardedReader;
import dev.meridian.streams.resilience.Pace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A region's part in global tables, without a coordinator. Each region publishes what it knows and merges what others
 * publish; then each does what follows for itself: makes its replica when it sees itself added, hands over a copy when it
 * is the source, drops its replica when it sees itself removed, and follows whoever has the table too.
 */
public final class ControlPlane implements Duty, GlobalTables, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

    /** How often what follows from what is known is looked at, when nothing new was heard. */
    private static final long ROUND_MILLIS = 50;

    private static final long PERCENT_MILLIS = 500;

    private static final int HUNDRED = 100;

    /** Documents by region: its changes are not applied here for now. */
    private static final String PAUSED = "paused";

    /** Documents by table id and region: up to which clock {@link #forgetOvertaken} is done. */
    private static final String OVERTAKEN = "overtaken";

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private volatile PartitionBudget partitionBudget = PartitionBudget.NONE;
    private final Publisher publisher;
    private final InstantSource clock;
    private final InstantSource wall;
    private final Supplier<UUID> loadIds;
    private final Memberships memberships;
    private final ControlPublisher voice;
    private final HeartbeatSender heartbeats;
    private final DroppedTopics droppedTopics;
    private final SortedMap<RegionId, Replicator> peers = new TreeMap<>();
    private final List<BusReader> readers = new ArrayList<>();
    private final Map<RegionId, Set<String>> tablesElsewhere = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Heard> heard = new ConcurrentLinkedQueue<>();

    /** Tries again, for each region of whose heartbeats the end is not known yet. */
    private final ConcurrentLinkedQueue<Runnable> notListening = new ConcurrentLinkedQueue<>();

    private final Map<RegionId, LogPosition> controlTaken = new TreeMap<>();
    private final Map<RegionId, Set<String>> controlLives = new ConcurrentHashMap<>();
    private final DataLosses losses;
    private final SetAsides setAsides;
    private final SeenStores seenStores;
    private final Rejoin rejoin;
    private final Following following;
    private final Described described;
    private final SortedMap<RegionId, OrderedBus> peerBuses = new TreeMap<>();
    private final SortedMap<RegionId, CallPolicy> policies = new TreeMap<>();
    private final Map<TableId, Disassociation> leaving = new ConcurrentHashMap<>();
    private final TombstoneCollector tombstones;
    private final Eviction eviction;
    private final ClockHeal clockHeal;
    private final DamagedReplicas damaged;
    private final Map<String, MissedWrites> missed = new TreeMap<>();
    private final Map<String, CopySource> sources = new TreeMap<>();
    private final Set<String> handedOver = new HashSet<>();
    private final Underway underway = new Underway();
    private volatile long nextRoundMillis;
    private long nextPercentMillis;
    private final CallPolicy policy;
    private final Pace pace;

    /**
     * A remote region's bus, as this region reads it.
     *
     * @param policy by which it is called
     */
    public record Peer(RegionId region, OrderedBus bus, CallPolicy policy) {}

    /**
     * A control record.
     *
     * @param next the offset behind it
     * @param table that it tells of, if any
     */
    private record Heard(
            RegionId from, LogPosition next, @Nullable GlobalTable table) {}

    /**
     * @param policy of the region's own bus
     * @param publishers of all lanes
     * @param clock that versions are made of
     * @param wall the wall clock as it is, for regions to compare theirs
     * @param loadIds names copies
     * @param doorbells by remote region, rung when its replicator has something to do
     * @param evictAfter how long another region may be silent before it is evicted; zero for ever
     */
    public ControlPlane(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Map<Lane, Publisher> publishers,
            List<Peer> remote,
            InstantSource clock,
            InstantSource wall,
            Supplier<UUID> loadIds,
            java.util.function.Function<RegionId, Runnable> doorbells,
            Duration evictAfter) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.policy = policy;
        this.pace = policy.pace();
        this.publisher = Objects.requireNonNull(publishers.get(Lane.REPLICATION));
        this.clock = clock;
        this.wall = wall;
        this.loadIds = loadIds;
        this.memberships = new Memberships(region, store);
        this.voice = new ControlPublisher(region, store, bus, policy, memberships, clock);
        this.heartbeats = new HeartbeatSender(
                region,
                store,
                bus,
                policy,
                this.publisher,
                clock,
                wall,
                memberships,
                voice,
                this::applied,
                this::aheadMillis,
                this::lastLives,
                this::seenStores,
                () -> rejoins().isComplete());
        this.droppedTopics =
                new DroppedTopics(region, store, bus, policy, publishers, memberships, heartbeats::forget, clock);
        this.losses = new DataLosses(store);
        this.setAsides = new SetAsides(store);
        publishers.values().forEach(each -> each.onLoss(this::lost));
        heartbeats.onDoubt(() -> {
            voice.sayAgain();
            publishers.values().forEach(Publisher::doubt);
        });
        this.seenStores = new SeenStores(store, peers, clock);
        this.rejoin = new Rejoin(
                region,
                store,
                bus,
                policy,
                List.copyOf(publishers.values()),
                memberships,
                peers,
                clock,
                loadIds,
                doorbells.apply(region));
        this.following = new Following(region, store, peers, rejoin);
        this.described = new Described(region, clock);
        policies.put(region, policy);
        store.read(view -> {
            view.documentKeys(Disassociation.SPACE)
                    .forEach(id -> view.document(Disassociation.SPACE, id)
                            .map(Disassociation::decode)
                            .ifPresent(kept -> leaving.put(TableId.parse(id), kept)));
            return true;
        });
        this.tombstones = new TombstoneCollector(
                region, store, clock, memberships, peers, following, this::applied, this::knowsItself);
        this.eviction = new Eviction(region, peers, this::applied, evictAfter);
        this.clockHeal = new ClockHeal(region, store, policy, this.publisher, memberships, peers, clock, this::applied);
        this.damaged = new DamagedReplicas(region, store, peers, this::applied, clock);
        List<String> paused = store.read(view -> view.documentKeys(PAUSED));
        for (Peer peer : remote) {
            BusReader reader = new GuardedReader(peer.bus().reader(OrderedBus.Isolation.UNCOMMITTED), peer.policy());
            Replicator replicator = new Replicator(
                    peer.region(),
                    reader,
                    new StoreReplica(store),
                    clock,
                    peer.policy().clock(),
                    doorbells.apply(peer.region()));
            peers.put(peer.region(), replicator);
            peerBuses.put(peer.region(), peer.bus());
            policies.put(peer.region(), peer.policy());
            if (paused.contains(peer.region().value())) {
                replicator.pause();
            }
            seenStores.remind(replicator);
            readers.add(reader);
            replicator.listen(
                    new TopicPartition(TopicNames.control(peer.region()), 0),
                    0,
                    ControlPublisher.RECOGNITION,
                    record -> hear(peer.region(), record));
            listenToHeartbeats(peer, replicator);
        }
    }

    /**
     * From the end on. What a region said before this one listened is of no use: who has not heard what others have seen of
     * him lately must not take himself for whole.
     */
    private void listenToHeartbeats(Peer peer, Replicator replicator) {
        TopicPartition at = new TopicPartition(TopicNames.heartbeat(peer.region()), 0);
        peer.bus().ends(List.of(at)).whenComplete((ends, failure) -> {
            if (failure == null) {
                replicator.listen(
                        at,
                        ends.getOrDefault(at, 0L),
                        HeartbeatSender.RECOGNITION,
                        record -> hearHeartbeat(replicator, record));
            } else {
                notListening.add(() -> listenToHeartbeats(peer, replicator));
            }
        });
    }

    /**
     * Stops or takes up again what comes from another region, for good: also behind a restart. Nothing is lost meanwhile,
     * as long as that region's Kafka keeps it.
     */
    public CompletionStage<Void> pause(RegionId from, boolean paused) {
        Replicator peer = peer(from);
        return store.write(view -> {
                    view.document(PAUSED, from.value(), paused ? Bytes.wrap(new byte[] {1}) : null);
                    return paused;
                })
                .thenAccept(unused -> {
                    if (paused) {
                        peer.pause();
                    } else {
                        peer.resume();
                    }
                });
    }

    /** As if another region's Kafka were out of reach from here; until it is mended, or this process ends. */
    public void cut(RegionId from, boolean cut) {
        peer(from);
        Objects.requireNonNull(policies.get(from)).cut(cut);
    }

    /** Those whose changes are not applied here because somebody wants it so. */
    public List<RegionId> paused() {
        return peers.values().stream()
                .filter(Replicator::isPaused)
                .map(Replicator::origin)
                .toList();
    }

    private SortedMap<RegionId, Long> aheadMillis() {
        TreeMap<RegionId, Long> ahead = new TreeMap<>();
        peers.forEach((origin, peer) -> peer.skew().leastAheadMillis().ifPresent(millis -> ahead.put(origin, millis)));
        return ahead;
    }

    private SortedMap<RegionId, Life> lastLives() {
        TreeMap<RegionId, Life> lives = new TreeMap<>();
        peers.forEach((origin, peer) -> lifeOf(peer.lastStore()).ifPresent(life -> lives.put(origin, life)));
        return lives;
    }

    private static Optional<Life> lifeOf(@Nullable StoreIdentity store) {
        return Optional.ofNullable(store).map(said -> said.history().life());
    }

    private Rejoin rejoins() {
        return rejoin;
    }

    /** What is wrong with this region's own store, for people; null if nothing is. */
    @Nullable
    String storeAlarm() {
        return rejoin.alarm();
    }

    public DataLosses losses() {
        return losses;
    }

    public SetAsides setAsides() {
        return setAsides;
    }

    /** What this region has applied, if that is certain: what it lacks of it has then been deleted. */
    private Optional<VersionVector> certain() {
        return rejoin.isComplete() ? Optional.of(applied()) : Optional.empty();
    }

    private SortedMap<RegionId, SeenHistory> seenStores() {
        TreeMap<RegionId, SeenHistory> seen = new TreeMap<>();
        peers.forEach((origin, peer) -> seen.put(origin, peer.seen()));
        return seen;
    }

    /**
     * In the stream topic is for consumers what cannot be had again; other regions load what they miss. Of a topic that
     * another store filled the rejoin tells.
     */
    private void lost(TopicLoss loss) {
        heartbeats.lookAgain();
        if (loss.lane() == Lane.STREAM && !loss.isWhole() && loss.kind() != TopicLoss.Kind.FOREIGN) {
            losses.note(
                            "topic/" + loss.at() + "/" + loss.before(),
                            new DataLoss(clock.millis(), loss.partition().table(), null, loss.describe()))
                    .exceptionally(failure -> {
                        LOG.error(
                                "{}: {}, which could not be noted: {}", region, loss.describe(), failure.getMessage());
                        return null;
                    });
        }
    }

    /** The replicators, each to be turned by a thread of its own. */
    public List<Replicator> replicators() {
        return List.copyOf(peers.values());
    }

    /** Tells the other regions the URL of this region's pages. */
    public void advertise(String url) {
        heartbeats.advertise(url);
    }

    /** To be turned beside this. */
    public ClockHeal clockHeal() {
        return clockHeal;
    }

    /** To be turned beside this. */
    public Duty heartbeats() {
        return heartbeats;
    }

    public VersionVector applied() {
        VersionVector vector = VersionVector.EMPTY;
        for (Replicator peer : peers.values()) {
            vector = vector.with(new Version(peer.appliedThrough(), peer.origin()));
        }
        return vector;
    }

    /** By name, the tables that stand still, and why. */
    SortedMap<String, String> standing(AppliedExcept except) {
        TreeMap<String, String> named = new TreeMap<>();
        except.standing().forEach((id, why) -> {
            GlobalTable table = memberships.get(id);
            named.put(table == null ? id.toString() : table.name(), why);
        });
        return named;
    }

    SortedMap<TableId, GlobalTable> tables() {
        return new TreeMap<>(memberships.all());
    }

    RegionId region() {
        return region;
    }

    /** @throws IllegalArgumentException if the record cannot be read: its partition stops */
    private void hear(RegionId from, BusRecord record) {
        String life = record.headers().get(Headers.LIFE);
        boolean isNew = life != null
                && controlLives
                        .computeIfAbsent(from, unused -> ConcurrentHashMap.newKeySet())
                        .add(life);
        if (isNew && !ControlPublisher.FIRST.equals(record.headers().get(Headers.SEQUENCE))) {
            // Each life says everything again. Was the topic put back to an earlier state, part of it lies before here.
            peer(from).listen(record.at(), 0, ControlPublisher.RECOGNITION, again -> hear(from, again));
        }
        Bytes key = record.key();
        Bytes value = record.value();
        GlobalTable table = null;
        if (key != null && value != null) {
            String name = new String(key.toArray(), StandardCharsets.UTF_8);
            if (name.equals(ControlPublisher.NAMES_KEY)) {
                String names = new String(value.toArray(), StandardCharsets.UTF_8);
                tablesElsewhere.put(from, Set.of(names.split("\n", -1)));
            } else if (name.startsWith(ControlPublisher.TABLE_PREFIX)) {
                table = GlobalTable.decode(value);
            } else {
                throw new IllegalArgumentException("control record of unknown key " + name);
            }
        }
        heard.add(
                new Heard(from, new LogPosition(record.offset() + 1, peer(from).topicId(record.at()), null), table));
    }

    private void hearHeartbeat(Replicator replicator, BusRecord record) {
        Bytes value = record.value();
        if (value != null) {
            Heartbeat heartbeat =
                    Heartbeat.decode(value).toLife(region, store.history().life());
            if (!lifeOf(heartbeat.store()).equals(lifeOf(replicator.lastStore()))) {
                // Its clock may have been set while it was down.
                replicator.skew().forget();
            }
            replicator.heard(heartbeat, record.timestampMillis(), wall.millis(), region);
        }
    }

    @Override
    public int turn() {
        int work = voice.turn() + tombstones.turn() + droppedTopics.turn() + seenStores.turn() + rejoin.turn();
        for (CopySource source : sources.values()) {
            work += source.turn();
        }
        if (underway.waits(pace, this::failed)) {
            return work;
        }
        if (!pace.isDue()) {
            return work;
        }
        Heard news = heard.peek();
        if (news != null) {
            return work + takeIn(news);
        }
        if (DueTime.isReached(nextRoundMillis, ROUND_MILLIS, clock.millis())) {
            nextRoundMillis = clock.millis() + ROUND_MILLIS;
            work += round();
        }
        return work;
    }

    private void failed(Throwable why) {
        LOG.warn("{}: {}; it is tried again", region, why.getMessage());
    }

    /** It stays in the queue until all of it is known here: a merge that failed is done again. */
    private int takeIn(Heard news) {
        GlobalTable table = news.table;
        GlobalTable mine = table == null ? null : memberships.get(table.id());
        if (table != null && (mine == null || !mine.merge(table).equals(mine))) {
            underway.begin(memberships.merge(table, described::table));
        } else {
            heard.remove();
            controlTaken.merge(
                    news.from,
                    news.next,
                    (known, now) -> known.isOfAnother(now.topic()) || now.next() > known.next() ? now : known);
            nextRoundMillis = 0;
        }
        return 1;
    }

    /** Does one thing that follows from what is known; the next waits for it. */
    private int round() {
        for (int again = notListening.size(); again > 0; again--) {
            notListening.remove().run();
        }
        for (GlobalTable table : memberships.all().values()) {
            Optional<CompletionStage<Void>> step = stepUnlessDamaged(table);
            if (step.isPresent()) {
                underway.begin(step.get());
                nextRoundMillis = 0;
                return 1;
            }
        }
        following.update(memberships.all().values(), controlTaken);
        rejoin.heard(peers.values().stream().allMatch(this::isTakenIn));
        return 0;
    }

    /** What is kept of one table cannot be read: the others go on. */
    private Optional<CompletionStage<Void>> stepUnlessDamaged(GlobalTable table) {
        try {
            return step(table);
        } catch (DamagedValueException known) {
            return Optional.empty();
        }
    }

    private boolean isTakenIn(Replicator peer) {
        Heartbeat last = peer.lastHeartbeat();
        return last != null
                && controlTaken.getOrDefault(peer.origin(), LogPosition.START).next() >= last.controlEnd();
    }

    private Optional<CompletionStage<Void>> step(GlobalTable table) {
        handOver(table);
        Member self = table.member(region);
        if (self == null) {
            return Optional.empty();
        }
        Optional<Eviction.Verdict> verdict = eviction.look(table);
        if (verdict.isPresent()) {
            return Optional.of(evict(table, verdict.get()));
        }
        TableDescriptor local = store.catalog().table(table.id());
        if (local == null && self.state().isPresent()) {
            return make(table, self);
        }
        return switch (self.state()) {
            case CREATING -> {
                Objects.requireNonNull(local);
                // A table that was disassociated has the same id, and is no replica.
                yield local.replicated() ? load(table, self) : Optional.of(alreadyThere(table));
            }
            case ACTIVE -> {
                Objects.requireNonNull(local);
                yield rejoin(table, self)
                        .or(() -> missing(table).flatMap(origin -> reload(table, self, origin)))
                        .or(() -> damaged.note(table, local))
                        .or(() -> keepDescribed(table, local))
                        .or(() -> keepStreamed(table, local))
                        .or(() -> beginLeaving(table, local))
                        .or(() -> forgetOvertaken(table, local));
            }
            case EVICTED -> comeBack(table, self);
            case DELETING ->
                isHeldBack(table, local) ? Optional.of(stay(table)) : Optional.ofNullable(leave(table, self, local));
            // Another region called it off, or said it had none, when it was already there.
            case REMOVED ->
                local == null && self.hasConfirmedBy(region)
                        ? Optional.empty()
                        : Optional.ofNullable(leave(table, self, local));
            case CREATION_FAILED, DISASSOCIATED -> Optional.empty();
        };
    }

    /**
     * This region is a member and has no table: it is new, or its store was lost. Which of them cannot be told from what
     * others said long ago, and a region that was new once may have been more than that since.
     */
    private Optional<CompletionStage<Void>> make(GlobalTable table, Member self) {
        if (!hasHeardAll() || !knowsItself() || !rejoin.canReplay()) {
            return Optional.empty();
        }
        boolean isHereOnly =
                others(table).noneMatch(other -> other.getValue().state().isPresent());
        boolean isLost = self.state() == Member.State.ACTIVE || rejoin.awaitsTables();
        if (isLost && rejoin.of(table.id()) == null && !isHereOnly) {
            return loadLost(table, self);
        }
        return switch (self.state()) {
            case EVICTED -> comeBack(table, self);
            // What an earlier membership has left to publish must not be taken for the new one's.
            case CREATING -> isPublishing(table.id()) ? Optional.empty() : Optional.of(makeReplica(table));
            default -> Optional.empty();
        };
    }

    /** From an eviction, by others or because the store was put back. */
    private Optional<CompletionStage<Void>> comeBack(GlobalTable table, Member self) {
        return rejoin.of(table.id()) == null && knowsItself() ? reload(table, self, null) : rejoin(table, self);
    }

    /** Of those that are there, what each of them says now. */
    private boolean hasHeardAll() {
        return peers.values().stream().allMatch(peer -> isTakenIn(peer) || Rejoin.isAway(peer));
    }

    /**
     * Whether this store is what the others take it for. If it was put back, what it wrote since looks to them as if they
     * had seen and deleted it: a copy would take that away.
     */
    private boolean knowsItself() {
        return rejoin.hasHeardOthers() && rejoin.isSure();
    }

    private CompletionStage<Void> evict(GlobalTable table, Eviction.Verdict verdict) {
        LOG.error(
                "{}: the replica of {} in {} has been silent for too long and is evicted; it will load the table anew",
                region,
                table.name(),
                verdict.silent());
        return memberships.change(
                table.id(),
                verdict.silent(),
                (view, found, member, version) ->
                        member.equals(verdict.member()) ? member.evicted(version, verdict.seenUpTo()) : member);
    }

    /** The region of which something is missing here that its log does not have. */
    private Optional<RegionId> missing(GlobalTable table) {
        return lostFrom(table).or(() -> damaged.source(table)).filter(unused -> knowsItself());
    }

    /** The region whose changes to a table cannot be followed any more, though this region still needs them. */
    private Optional<RegionId> lostFrom(GlobalTable table) {
        return peers.values().stream()
                // What only a region had that has left is lost: to load again and again does not bring it back.
                .filter(peer -> {
                    Member member = table.member(peer.origin());
                    return member != null && !member.isOver();
                })
                .filter(peer -> peer.alarms().stream()
                        .anyMatch(alarm ->
                                Following.partitions(peer.origin(), table).contains(alarm.at())
                                        && isLost(table, peer, alarm)))
                .map(Replicator::origin)
                .findFirst();
    }

    /** Of a log that is another now, only its own region knows what the other regions miss. */
    private static boolean isLost(GlobalTable table, Replicator peer, Alarm alarm) {
        Member origin = table.member(peer.origin());
        return switch (alarm.kind()) {
            case LOST -> true;
            case OTHER_LOG -> origin != null && origin.state() == State.ACTIVE && peer.mayLoadAnew(alarm.at());
            case UNREADABLE, CLOCK_AHEAD -> false;
        };
    }

    /**
     * This region's store was put back: it loads from each of the others in turn, from one that is away when it is there
     * again. What none of them has must be here first.
     */
    private Optional<CompletionStage<Void>> rejoin(GlobalTable table, Member self) {
        if (rejoin.of(table.id()) == null || rejoin.isReplaying()) {
            return Optional.empty();
        }
        Optional<RegionId> source = rejoin.source(table);
        if (source.isPresent()) {
            return Optional.of(loadAnewFrom(table, self, source.get()));
        }
        return rejoin.isWaiting(table) ? Optional.empty() : Optional.of(goOnAsItIs(table, self));
    }

    /** There is nobody left to load from. */
    private CompletionStage<Void> goOnAsItIs(GlobalTable table, Member self) {
        return memberships
                .change(table.id(), region, (view, found, member, version) -> {
                    if (!isOf(self, member) || member.state() != self.state()) {
                        return member;
                    }
                    rejoin.loaded(view, found, region);
                    return member.state() == State.EVICTED
                            ? member.loadingAnew(version, region, "").reinstated(version)
                            : member;
                })
                .thenRun(() -> rejoin.refresh(table.id()));
    }

    /** It reads again what it wrote itself, for some of that the others may never have seen, and loads what they have. */
    private Optional<CompletionStage<Void>> loadLost(GlobalTable table, Member self) {
        if (!rejoin.hasRejoined() || !rejoin.isSettled()) {
            return Optional.empty();
        }
        return Optional.of(rejoin.reached(table)
                .thenCompose(reached -> memberships
                        .change(table.id(), region, (view, found, member, version) -> {
                            boolean isLost = isOf(self, member)
                                    && member.state() == self.state()
                                    && view.catalog().table(table.id()) == null;
                            if (!isLost) {
                                return member;
                            }
                            LOG.error("{}: has lost {} and loads it from the others", region, table.name());
                            if (refusal(view, found).isEmpty()) {
                                putReplica(view, found, member);
                            }
                            rejoin.begin(view, found, reached);
                            return member.evicted(version, HybridTimestamp.ZERO);
                        })
                        .thenRun(() -> rejoin.begun(table.id()))));
    }

    private CompletionStage<Void> loadAnewFrom(GlobalTable table, Member self, RegionId source) {
        String loadId = newLoadId();
        return memberships.change(table.id(), region, (view, found, member, version) -> {
            if (!isOf(self, member) || member.state() != self.state()) {
                return member;
            }
            LOG.error("{}: loads {} anew from {}", region, table.name(), source);
            CopyLoader.forget(view, table.id());
            TableDescriptor local = view.catalog().table(table.id());
            if (local != null && member.state() == State.EVICTED) {
                // What an earlier copy of the same rejoin has brought stays: what lies below it was deleted.
                view.forgetFloor(local);
            }
            return member.loadingAnew(version, source, loadId);
        });
    }

    /**
     * This region has missed something for good, and loads the table anew, as a new replica does, while it goes on. What
     * it has written itself stays.
     *
     * @param origin whose changes it missed; null if it was evicted
     */
    private Optional<CompletionStage<Void>> reload(GlobalTable table, Member self, @Nullable RegionId origin) {
        Optional<RegionId> source = source(table, origin);
        if (source.isPresent()) {
            return Optional.of(loadAnewFrom(table, self, source.get()));
        }
        return self.state() == State.EVICTED && isFirstWithData(table)
                ? Optional.of(goOnAsItIs(table, self))
                : Optional.empty();
    }

    private Optional<RegionId> source(GlobalTable table, @Nullable RegionId preferred) {
        return others(table)
                .filter(entry -> entry.getValue().state() == State.ACTIVE && peers.containsKey(entry.getKey()))
                .map(Map.Entry::getKey)
                .min(java.util.Comparator.comparing((RegionId other) -> !other.equals(preferred))
                        .thenComparing(other -> other));
    }

    /** Should all wait for each other, nobody has more: then one goes on with what it has. */
    private boolean isFirstWithData(GlobalTable table) {
        return table.members().values().stream().noneMatch(member -> member.state() == State.ACTIVE)
                && table.members().entrySet().stream()
                        .filter(entry -> hasData(entry.getKey(), entry.getValue()))
                        .findFirst()
                        .map(entry -> entry.getKey().equals(region))
                        .orElse(false);
    }

    private boolean hasData(RegionId of, Member member) {
        return member.state() == State.EVICTED
                || (member.state() == State.CREATING && (member.wasEvicted() || of.equals(region)));
    }

    private CompletionStage<Void> makeReplica(GlobalTable known) {
        return memberships.change(known.id(), region, (view, table, member, version) -> {
            if (member.state() != State.CREATING) {
                return member;
            }
            Optional<String> refusal = refusal(view, table);
            if (refusal.isPresent()) {
                return member.failed(version, refusal.get());
            }
            putReplica(view, table, member);
            return member;
        });
    }

    /** Why there can be no replica here. */
    private Optional<String> refusal(ReadView view, GlobalTable table) {
        if (view.catalog().table(table.name()) != null) {
            return Optional.of("A table named " + table.name() + " is already there");
        }
        // A replica has the partitions of its stream, and of its replication.
        return DroppedTable.inTheWay(view, table.name(), table.id())
                .or(() -> partitionBudget.refusal(view.catalog(), 2 * table.partitions()));
    }

    private void putReplica(WriteView view, GlobalTable table, Member member) {
        TableDescriptor made = new TableDescriptor(
                view.nextTableNumber(),
                table.id(),
                table.name(),
                table.schema(),
                TableStatus.CREATING,
                true,
                table.partitions(),
                SettingsShared.apply(
                        table.settings(), member.overrides().value(), TableSettings.ON_DEMAND, clock.millis()),
                clock.millis(),
                SettingsShared.indexes(table.inForce(), member.overrides().value(), view::nextTableNumber));
        view.putTable(made);
        TableStreams.change(view, made, SettingsShared.stream(table.settings()), clock.millis());
    }

    /** Another region did not know that it is protected when it deleted it: here it could not have been. */
    private boolean isHeldBack(GlobalTable table, @Nullable TableDescriptor local) {
        return local != null
                && local.settings().deletionProtection()
                && local.status() != TableStatus.DELETING
                && !leaving.containsKey(table.id());
    }

    private CompletionStage<Void> stay(GlobalTable known) {
        return memberships.change(known.id(), region, (view, table, member, version) -> {
            TableDescriptor local = view.catalog().table(table.id());
            return member.state() == State.DELETING && isHeldBack(table, local) ? member.renewed(version) : member;
        });
    }

    private CompletionStage<Void> alreadyThere(GlobalTable known) {
        return memberships.change(
                known.id(),
                region,
                (view, table, member, version) -> member.state() == State.CREATING
                        ? member.failed(version, "A table named " + table.name() + " is already there")
                        : member);
    }

    /** While a copy is loaded: says how far, and takes over when it is complete. */
    private Optional<CompletionStage<Void>> load(GlobalTable table, Member self) {
        String id = table.id().toString();
        Optional<CopyRecord> begun = document(CopyLoader.BEGUN, id);
        Optional<CopyRecord> ended = document(CopyLoader.ENDED, id);
        if (begun.isPresent() && begun.get() instanceof CopyRecord.Begin begin) {
            if (self.isIgnored()) {
                return Optional.of(beginAnew(table, self, begin));
            }
            if (ended.isPresent() && ended.get() instanceof CopyRecord.End end && end.attempt() == begin.attempt()) {
                if (!hasAllOfBefore(table, self, begin)) {
                    return Optional.of(loadAgain(table, self));
                }
                Optional<CompletionStage<Void>> rewriting = rewrite(table, self);
                return rewriting.isPresent()
                        ? rewriting
                        : Optional.of(activate(table, self, begin, begin.floor().join(end.floor())));
            }
        }
        Member source = self.source() == null ? null : table.member(self.source());
        boolean rejoins = rejoin.of(table.id()) != null;
        if (source == null || source.isOver()) {
            return rejoins ? changeRejoinSource(table, self) : changeSource(table, self);
        }
        if (!rejoins && source.state() == State.EVICTED) {
            return changeSource(table, self);
        }
        return showPercent(table, self, begun);
    }

    /** The member that this region loads from, which rejoins, has left: it goes on with the next, or with what it has. */
    private Optional<CompletionStage<Void>> changeRejoinSource(GlobalTable table, Member self) {
        Optional<RegionId> next = rejoin.source(table);
        if (next.isEmpty() && rejoin.isWaiting(table)) {
            return Optional.empty();
        }
        String loadId = newLoadId();
        return Optional.of(endLoad(table, self, (view, member, version) -> {
                    if (next.isPresent()) {
                        return member.withSource(version, next.get(), loadId);
                    }
                    rejoin.loaded(view, table, region);
                    return member.reinstated(version);
                })
                .thenRun(() -> rejoin.refresh(table.id())));
    }

    private Optional<CompletionStage<Void>> showPercent(GlobalTable table, Member self, Optional<CopyRecord> begun) {
        String id = table.id().toString();
        int percent = begun.map(begin -> percent(id, (CopyRecord.Begin) begin)).orElse(0);
        if (percent <= self.percent() || !DueTime.isReached(nextPercentMillis, PERCENT_MILLIS, clock.millis())) {
            return Optional.empty();
        }
        nextPercentMillis = clock.millis() + PERCENT_MILLIS;
        return Optional.of(memberships.change(
                table.id(), region, (view, found, member, version) -> member.withPercent(version, percent)));
    }

    /**
     * Whether the source had applied all that this region wrote in earlier memberships; it may have begun before it heard
     * where they ended.
     */
    private boolean hasAllOfBefore(GlobalTable table, Member self, CopyRecord.Begin begin) {
        Map<TopicPartition, Long> applied = new TreeMap<>();
        begin.positions().forEach(position -> applied.put(position.at(), position.next()));
        return Following.hasAllOfBefore(table, region, self, applied);
    }

    private CompletionStage<Void> loadAgain(GlobalTable table, Member self) {
        RegionId source = Objects.requireNonNull(self.source());
        String loadId = newLoadId();
        return endLoad(table, self, (view, member, version) -> member.withSource(version, source, loadId));
    }

    /** What becomes of this region's membership. */
    private interface Outcome {
        Member of(WriteView view, Member member, Version version);
    }

    /** Nothing is left of the load that goes on. */
    private CompletionStage<Void> endLoad(GlobalTable table, Member self, Outcome outcome) {
        return memberships.change(table.id(), region, (view, found, member, version) -> {
            if (member.state() != State.CREATING || !member.loadId().equals(self.loadId())) {
                return member;
            }
            CopyLoader.forget(view, table.id());
            return outcome.of(view, member, version);
        });
    }

    /**
     * After an eviction: what is written from now on is above all that the others have deleted and forgotten, and they may
     * apply it. What was written before they must not, for they may have forgotten its deletion; it is written anew.
     */
    private CompletionStage<Void> beginAnew(GlobalTable table, Member self, CopyRecord.Begin begin) {
        return memberships.change(table.id(), region, (view, found, member, version) -> {
            if (!isOf(self, member) || member.state() != State.CREATING) {
                return member;
            }
            view.witness(begin.seen().latest());
            view.witness(begin.floor().latest());
            return member.withIgnoredUpTo(version, view.mark());
        });
    }

    /** Empty when there is nothing left to be written anew. */
    private Optional<CompletionStage<Void>> rewrite(GlobalTable table, Member self) {
        TableDescriptor local = store.catalog().table(table.id());
        if (!self.wasEvicted() || local == null) {
            return Optional.empty();
        }
        MissedWrites own = missed.computeIfAbsent(
                self.loadId(),
                unused -> new MissedWrites(
                        region,
                        store,
                        local,
                        self.seenUpTo(),
                        self.ignoredUpTo(),
                        (view, key) -> view.reissue(local, key)));
        return own.step();
    }

    /**
     * What a region that was evicted wrote before, and some others had applied, is gone or written anew once it is back:
     * what is still here of that has been deleted elsewhere. Empty when there is nothing to be done.
     */
    private Optional<CompletionStage<Void>> forgetOvertaken(GlobalTable table, TableDescriptor local) {
        for (Map.Entry<RegionId, Member> entry : table.members().entrySet()) {
            Member member = entry.getValue();
            Replicator peer = peers.get(entry.getKey());
            Heartbeat reached = peer == null ? null : peer.reached();
            boolean isBack = member.wasEvicted()
                    && member.state() == State.ACTIVE
                    && reached != null
                    && reached.mark().isAfter(member.version().time());
            String key = table.id() + "/" + entry.getKey();
            Bytes upTo = Memberships.utf8(Long.toHexString(member.ignoredUpTo().bits()));
            if (!isBack || store.read(view -> view.document(OVERTAKEN, key)).equals(Optional.of(upTo))) {
                continue;
            }
            Optional<CompletionStage<Void>> step = missed.computeIfAbsent(
                            key,
                            unused -> new MissedWrites(
                                    entry.getKey(),
                                    store,
                                    local,
                                    member.seenUpTo(),
                                    member.ignoredUpTo(),
                                    (view, item) -> view.purge(local, item)))
                    .step();
            if (step.isPresent()) {
                return step;
            }
            missed.remove(key);
            return Optional.of(store.write(view -> {
                        view.document(OVERTAKEN, key, upTo);
                        return true;
                    })
                    .thenAccept(unused -> {}));
        }
        return Optional.empty();
    }

    /** The region that was to hand over the copy has left: one that has the table does it, if there is one. */
    private Optional<CompletionStage<Void>> changeSource(GlobalTable table, Member self) {
        Optional<RegionId> other = source(table, null);
        TableDescriptor local = store.catalog().table(table.id());
        boolean fresh = local == null || local.status() == TableStatus.CREATING;
        boolean othersMayCome = others(table).anyMatch(entry -> entry.getValue().state() == State.EVICTED);
        if (other.isEmpty() && (fresh ? othersMayCome : !isFirstWithData(table))) {
            return Optional.empty();
        }
        String loadId = newLoadId();
        return Optional.of(endLoad(table, self, (view, member, version) -> {
            if (other.isPresent()) {
                return member.withSource(version, other.get(), loadId);
            }
            if (!fresh) {
                return member.reinstated(version);
            }
            drop(view, table);
            return member.failed(version, "No region has the table any more");
        }));
    }

    private String newLoadId() {
        return loadIds.get().toString().substring(0, 8);
    }

    /** 0 to 100; an estimate, for the table changes meanwhile. */
    private int percent(String id, CopyRecord.Begin begin) {
        long loaded = store.read(view -> view.document(CopyLoader.LOADED, id))
                .map(CopyLoader::count)
                .orElse(0L);
        return begin.estimate() == 0 ? 0 : (int) Math.min(HUNDRED, loaded * HUNDRED / begin.estimate());
    }

    private Optional<CopyRecord> document(String space, String id) {
        return store.read(view -> view.document(space, id)).map(CopyRecord::decode);
    }

    /** @param floor the source's when it had read all of the copy */
    private CompletionStage<Void> activate(
            GlobalTable table, Member self, CopyRecord.Begin begin, VersionVector floor) {
        return memberships
                .change(
                        table.id(),
                        region,
                        (view, found, member, version) -> active(view, found, self, member, version, begin, floor))
                .thenRun(() -> rejoin.refresh(table.id()));
    }

    private Member active(
            WriteView view,
            GlobalTable table,
            Member self,
            Member member,
            Version version,
            CopyRecord.Begin begin,
            VersionVector floor) {
        TableDescriptor local = view.catalog().table(table.id());
        if (local == null
                || member.state() != State.CREATING
                || !member.loadId().equals(self.loadId())) {
            return member;
        }
        Map<TopicPartition, LogPosition> reached = new TreeMap<>();
        view.positions().forEach(position -> reached.put(position.at(), position.place()));
        for (Position position : begin.positions()) {
            if (!position.origin().equals(region) && takesOver(position, self, reached.get(position.at()))) {
                view.position(position);
            }
        }
        boolean rejoins = rejoin.of(table.id()) != null;
        if (self.source() != null) {
            rejoin.loaded(view, table, self.source());
        }
        if (rejoins || member.wasEvicted() || !floor.entries().isEmpty()) {
            // Where the source had no tombstones any more, there are none here: all that it has seen is applied.
            view.witness(begin.seen().join(floor).latest());
            view.raiseFloor(local, floor.join(begin.seen()).without(region));
        }
        missed.remove(member.loadId());
        CopyLoader.forget(view, table.id());
        DamagedReplicas.forget(view, table.id());
        for (String key : view.documentKeys(OVERTAKEN)) {
            if (key.startsWith(table.id() + "/")) {
                view.document(OVERTAKEN, key, null);
            }
        }
        view.putTable(local.withStatus(TableStatus.ACTIVE));
        return member.with(version, State.ACTIVE).withPercent(version, HUNDRED);
    }

    /** A log is known best by its own region; of what others say, the furthest counts, if it is of the same log. */
    private static boolean takesOver(Position position, Member self, @Nullable LogPosition known) {
        boolean isOwn = position.origin().equals(self.source());
        if (known == null || (isOwn && known.isOfAnother(position.place().topic()))) {
            return true;
        }
        return !known.isOfAnother(position.place().topic()) && (isOwn || position.next() > known.next());
    }

    /** The descriptor's status, settings and indexes, and whether it replicates, follow from what is known. */
    private Optional<CompletionStage<Void>> keepDescribed(GlobalTable table, TableDescriptor local) {
        // A new index gets its number only when it is stored; here it matters only that there is one.
        return described.table(table, local, () -> 0).equals(local)
                ? Optional.empty()
                : Optional.of(memberships.describe(table.id(), described::table));
    }

    /** Each region's stream is its own, with its own label; what they show is the same. */
    private Optional<CompletionStage<Void>> keepStreamed(GlobalTable table, TableDescriptor local) {
        if (store.read(view -> TableStreams.viewType(view, local)).equals(SettingsShared.stream(table.settings()))) {
            return Optional.empty();
        }
        return Optional.of(store.write(view -> {
                    TableDescriptor held = view.catalog().table(table.id());
                    Optional<GlobalTable> stored = memberships.stored(view, table.id());
                    if (held != null && stored.isPresent()) {
                        TableStreams.change(
                                view, held, SettingsShared.stream(stored.get().settings()), clock.millis());
                    }
                    return true;
                })
                .thenAccept(unused -> {}));
    }

    private java.util.stream.Stream<Map.Entry<RegionId, Member>> others(GlobalTable table) {
        return described.others(table);
    }

    /** All that had to be applied first is: the others are told that no more comes from here. */
    private Optional<CompletionStage<Void>> beginLeaving(GlobalTable table, TableDescriptor local) {
        Disassociation wanted = leaving.get(table.id());
        if (wanted == null || local.status() != TableStatus.ACTIVE) {
            return Optional.empty();
        }
        boolean reached = wanted.until().entrySet().stream()
                .allMatch(origin -> origin.getValue().entrySet().stream()
                        .allMatch(end -> following.isReached(origin.getKey(), end.getKey(), end.getValue())));
        if (!reached) {
            return Optional.empty();
        }
        return Optional.of(memberships.change(
                table.id(),
                region,
                (view, found, member, version) ->
                        member.state() == State.ACTIVE ? member.with(version, State.DELETING) : member));
    }

    /**
     * No more writes; once all are published, the others are told where they end, and the table goes.
     *
     * @return null if there is nothing to do yet
     */
    private @Nullable CompletionStage<Void> leave(GlobalTable table, Member self, @Nullable TableDescriptor local) {
        if (local == null) {
            return memberships.change(
                    table.id(),
                    region,
                    (view, found, member, version) ->
                            isOf(self, member) ? member.removed(version, new TreeMap<>()) : member);
        }
        boolean keeps = leaving.containsKey(table.id());
        if (keeps ? local.replicated() : local.status() != TableStatus.DELETING) {
            return memberships.describe(table.id(), (found, descriptor, numbers) -> {
                if (!isOf(self, found.member(region))) {
                    return descriptor;
                }
                return keeps ? descriptor.withReplicated(false) : descriptor.withStatus(TableStatus.DELETING);
            });
        }
        if (isPublishing(table.id()) || droppedTopics.isDeleting(table.name(), table.id())) {
            return null;
        }
        List<TopicPartition> own = Following.partitions(region, table);
        return bus.ends(own).thenCompose(ends -> {
            SortedMap<Integer, Long> finalEnds = new TreeMap<>();
            own.forEach(at -> finalEnds.put(at.partition(), ends.getOrDefault(at, 0L)));
            return memberships
                    .change(table.id(), region, (view, found, member, version) -> {
                        forgetWish(view, table.id());
                        if (!isOf(self, member)) {
                            return member;
                        }
                        if (keeps) {
                            forget(view, table);
                            return member.disassociated(version, finalEnds);
                        }
                        drop(view, table);
                        return member.removed(version, finalEnds);
                    })
                    .thenAccept(unused -> leaving.remove(table.id()));
        });
    }

    private boolean isPublishing(TableId table) {
        return store.changes().pending(Lane.REPLICATION).stream()
                .map(ChangePartition::tableId)
                .anyMatch(table::equals);
    }

    /** Whether it is still the same membership, and not one that was begun meanwhile. */
    private static boolean isOf(Member self, @Nullable Member now) {
        return now != null && now.since().equals(self.since());
    }

    private void drop(WriteView view, GlobalTable table) {
        TableDescriptor local = view.catalog().table(table.id());
        if (local != null) {
            view.dropTable(local);
            DroppedTopics.note(view, local, clock.millis());
        }
        forget(view, table);
    }

    private static void forgetWish(WriteView view, TableId table) {
        if (view.document(Disassociation.SPACE, table.toString()).isPresent()) {
            view.document(Disassociation.SPACE, table.toString(), null);
        }
    }

    /** Nothing of the others' changes is remembered: a later membership begins from nothing. */
    private static void forget(WriteView view, GlobalTable table) {
        for (Position position : view.positions()) {
            if (position.at()
                    .topic()
                    .equals(TopicNames.of(Lane.REPLICATION, position.origin(), table.name(), table.id()))) {
                view.forgetPosition(position);
            }
        }
        CopyLoader.forget(view, table.id());
    }

    /** Publishes copies for new replicas that were told to load from here. */
    private void handOver(GlobalTable table) {
        TableDescriptor local = store.catalog().table(table.id());
        others(table).forEach(entry -> {
            Member member = entry.getValue();
            String loadId = member.loadId();
            CopySource source = sources.get(loadId);
            boolean wanted = member.state() == State.CREATING && region.equals(member.source());
            // What an evicted region wrote may still be on its way into this store; in the copy it would be missing.
            boolean isSettled = !member.isIgnored() || following.isUnfollowed(table, entry.getKey());
            boolean able = local != null && local.status() != TableStatus.DELETING && isSettled;
            if (wanted
                    && local != null
                    && able
                    && source == null
                    && !droppedTopics.isDeleting(table.name(), table.id())) {
                // What the region wrote before it left comes back to it only in the copy.
                if (following.hasAllOfBefore(table, entry.getKey(), member)) {
                    sources.put(
                            loadId, new CopySource(region, local, loadId, store, bus, policy, clock, this::certain));
                }
            } else if (source != null && !(wanted && able)) {
                closeSource(loadId);
            }
            if (!wanted && region.equals(member.source()) && handedOver.add(loadId)) {
                bus.deleteTopic(TopicNames.copy(region, table.name(), table.id(), loadId))
                        .exceptionally(failure -> {
                            LOG.warn(
                                    "{}: the topic of load {} is still there: {}",
                                    region,
                                    loadId,
                                    failure.getMessage());
                            return null;
                        });
            }
        });
    }

    private void closeSource(String loadId) {
        CopySource source = sources.remove(loadId);
        if (source != null) {
            source.close();
        }
    }

    @Override
    public List<ReplicaDescription> replicas(TableDescriptor table) {
        return described.replicas(memberships.get(table.id()), false);
    }

    @Override
    public List<ReplicaDescription> members(TableDescriptor table) {
        return replicas(table).isEmpty() ? List.of() : described.replicas(memberships.get(table.id()), true);
    }

    @Override
    public SortedMap<String, String> autoScaling(TableDescriptor table) {
        TreeMap<String, String> asked = new TreeMap<>();
        GlobalTable known = memberships.get(table.id());
        if (known != null) {
            known.autoScaling().forEach((of, latest) -> asked.put(of, latest.value()));
        }
        return asked;
    }

    @Override
    public CompletionStage<Void> scale(TableDescriptor table, SortedMap<String, String> asked) {
        return memberships.edit(view -> memberships.stored(view, table.id()).map(known -> {
            Version now = memberships.version(view);
            GlobalTable changed = known;
            for (Map.Entry<String, String> each : asked.entrySet()) {
                Latest<String> before = known.autoScaling().get(each.getKey());
                changed = changed.withAutoScaling(
                        each.getKey(),
                        before == null ? new Latest<>(now, each.getValue()) : before.changed(now, each.getValue()));
            }
            return changed;
        }));
    }

    /** From now on the region's tables have no more partitions than that. */
    public void limit(PartitionBudget budget) {
        partitionBudget = budget;
    }

    @Override
    public void requireRoom(Catalog catalog, int partitions) {
        partitionBudget.require(catalog, partitions);
    }

    @Override
    public CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates) {
        updates.forEach(update -> check(table, update));
        return memberships
                .edit(view -> {
                    TableDescriptor local = here(view, table);
                    Optional<GlobalTable> stored = memberships.stored(view, table.id());
                    // Checks first: a version is an edit, and what fails must fail before.
                    if (!local.replicated()) {
                        partitionBudget.require(view.catalog(), local.partitions());
                    }
                    updates.forEach(update -> checkMembership(table, stored, update));
                    GlobalTable known = stored.orElseGet(() -> new GlobalTable(
                            table.id(),
                            table.name(),
                            table.schema(),
                            table.partitions(),
                            SettingsShared.of(local, TableStreams.viewType(view, local), memberships.version(view)),
                            new TreeMap<>(),
                            new TreeMap<>()));
                    GlobalTable next = changed(view, local, known, updates);
                    TableDescriptor is = described.table(next, local.withReplicated(true), view::nextTableNumber);
                    boolean coming = updates.stream().anyMatch(update -> update.kind() != ReplicaUpdate.Kind.UPDATE);
                    view.putTable(coming ? is.withStatus(TableStatus.UPDATING) : is);
                    TableStreams.change(view, is, SettingsShared.stream(next.settings()), clock.millis());
                    return Optional.of(next);
                })
                .thenAccept(unused -> nextRoundMillis = 0);
    }

    private static TableDescriptor here(WriteView view, TableDescriptor table) {
        TableDescriptor local = view.catalog().table(table.id());
        if (local == null) {
            throw ApiException.resourceNotFound("Requested resource not found");
        }
        return local;
    }

    private GlobalTable changed(WriteView view, TableDescriptor local, GlobalTable known, List<ReplicaUpdate> updates) {
        GlobalTable changed = known;
        if (changed.member(region) == null) {
            Version version = memberships.version(view);
            changed = changed.with(
                    region,
                    Member.first(version)
                            .withOverrides(version, SettingsShared.own(local.settings()))
                            .withDeletionProtection(version, local.settings().deletionProtection()));
        }
        if (updates.stream().anyMatch(update -> update.kind() == ReplicaUpdate.Kind.CREATE)) {
            changed = changed.with(SettingsShared.withStream(changed.settings(), memberships.version(view)));
        }
        for (ReplicaUpdate update : updates) {
            Version version = memberships.version(view);
            Member member = changed.member(update.region());
            changed = changed.with(
                    update.region(),
                    switch (update.kind()) {
                        case CREATE -> Member.created(version, region, newLoadId(), member, update.overrides());
                        case UPDATE -> overridden(Objects.requireNonNull(member), version, update);
                        case DELETE -> deleted(Objects.requireNonNull(member), version);
                    });
        }
        return changed;
    }

    private static Member overridden(Member member, Version version, ReplicaUpdate update) {
        return member.withOverrides(version, member.overrides().value().with(update.overrides()));
    }

    /**
     * A replica that is not there yet is called off: its region need not be reached for that. Should it have become
     * active without this region's knowledge, it sees itself removed and says where its changes end.
     */
    private static Member deleted(Member member, Version version) {
        return switch (member.state()) {
            case CREATING, CREATION_FAILED -> member.removed(version, new TreeMap<>());
            case ACTIVE, EVICTED, DELETING -> member.with(version, State.DELETING);
            case REMOVED, DISASSOCIATED -> member;
        };
    }

    @Override
    public CompletionStage<Void> change(
            TableDescriptor table, BiFunction<WriteView, TableDescriptor, TableDescriptor> edit) {
        return memberships
                .edit(view -> {
                    TableDescriptor local = here(view, table);
                    Optional<GlobalTable> global = memberships.stored(view, table.id());
                    // What others have changed is not mistaken for this change.
                    TableDescriptor before = global.map(known -> described.table(known, local, view::nextTableNumber))
                            .orElse(local);
                    Optional<StreamViewType> streamBefore = TableStreams.viewType(view, local);
                    TableDescriptor changed = edit.apply(view, before);
                    Optional<StreamViewType> stream = TableStreams.viewType(view, local);
                    TableDescriptor stored = withoutUnborn(changed, local);
                    if (!stored.equals(local)) {
                        view.putTable(stored);
                    }
                    return global.filter(known -> isMember(known.member(region)))
                            .flatMap(known -> {
                                Version now = memberships.version(view);
                                GlobalTable next = SettingsShared.changed(known, region, before, changed, now);
                                if (!stream.equals(streamBefore)) {
                                    next = next.with(SettingsShared.changed(next.settings(), stream, now));
                                }
                                return next.equals(known) ? Optional.empty() : Optional.of(next);
                            });
                })
                .thenAccept(unused -> nextRoundMillis = 0);
    }

    /** An index that was deleted before this region made it has nothing to clear. */
    private static TableDescriptor withoutUnborn(TableDescriptor changed, TableDescriptor local) {
        return changed.withIndexes(changed.indexes().stream()
                .filter(index -> index.status() != IndexStatus.DELETING || local.index(index.number()) != null)
                .toList());
    }

    private static boolean isMember(@Nullable Member self) {
        return self != null && !self.isOver();
    }

    private void check(TableDescriptor table, ReplicaUpdate update) {
        boolean here = update.region().equals(region);
        if (here && update.kind() != ReplicaUpdate.Kind.UPDATE) {
            throw ReplicaErrors.localRegion(update.kind());
        }
        if (!here && !peers.containsKey(update.region()) && update.kind() == ReplicaUpdate.Kind.CREATE) {
            List<RegionId> all = new ArrayList<>(peers.keySet());
            all.add(region);
            throw ReplicaErrors.unknownRegion(update.region(), all);
        }
        boolean taken = tablesElsewhere.getOrDefault(update.region(), Set.of()).contains(table.name());
        GlobalTable known = memberships.get(table.id());
        Member member = known == null ? null : known.member(update.region());
        boolean present = member != null && member.state().isPresent();
        if (update.kind() == ReplicaUpdate.Kind.CREATE && taken && !present) {
            throw ReplicaErrors.alreadyThere(table.name());
        }
        if (known != null && member(known) == State.DISASSOCIATED) {
            throw ApiException.validation("The table " + table.name() + " was disassociated from its global table and"
                    + " cannot have replicas of its own: copy its items into a new table for that");
        }
    }

    private @Nullable State member(GlobalTable known) {
        Member self = known.member(region);
        return self == null ? null : self.state();
    }

    private static void checkMembership(TableDescriptor table, Optional<GlobalTable> stored, ReplicaUpdate update) {
        Member member = stored.map(known -> known.member(update.region())).orElse(null);
        boolean present = member != null && member.state().isPresent();
        switch (update.kind()) {
            case CREATE -> {
                if (present) {
                    throw ReplicaErrors.alreadyThere(table.name());
                }
            }
            case UPDATE -> {
                if (!present) {
                    throw ReplicaErrors.notFound(update.region(), stored);
                }
            }
            case DELETE -> {
                if (!present && (member == null || member.state() != State.CREATION_FAILED)) {
                    throw ReplicaErrors.notFound(update.region(), stored);
                }
                if (present && member != null && member.deletionProtection().value()) {
                    throw ReplicaErrors.isProtected(table.name(), update.region());
                }
            }
        }
    }

    /**
     * This region's table leaves its global table and stays, with what it holds.
     *
     * @param wait for all that the others had published when this was asked
     * @return when it is known here; it is done in the background
     */
    public CompletionStage<Void> disassociate(String name, boolean wait) {
        TableDescriptor table = store.catalog().table(name);
        GlobalTable known = table == null ? null : memberships.get(table.id());
        if (table == null
                || known == null
                || member(known) != State.ACTIVE
                || replicas(table).isEmpty()) {
            throw ApiException.validation("The table " + name + " has no replicas, or is not active, in " + region);
        }
        TreeMap<RegionId, SortedMap<TopicPartition, Long>> until = new TreeMap<>();
        CompletionStage<Void> asked = CompletableFuture.completedFuture(null);
        if (wait) {
            for (Map.Entry<RegionId, Member> other : others(known).toList()) {
                OrderedBus theirs = peerBuses.get(other.getKey());
                if (other.getValue().state().isPresent() && theirs != null) {
                    asked = asked.thenCompose(unused -> theirs.ends(Following.partitions(other.getKey(), known)))
                            .thenAccept(ends -> until.put(other.getKey(), new TreeMap<>(ends)));
                }
            }
        }
        return asked.thenCompose(unused -> {
            Disassociation wanted = new Disassociation(until);
            return store.write(view -> {
                        view.document(Disassociation.SPACE, table.id().toString(), wanted.encode());
                        return true;
                    })
                    .thenAccept(saved -> leaving.put(table.id(), wanted));
        });
    }

    /** Whether a disassociation that was asked for is not done yet. */
    public boolean isDisassociating(String name) {
        TableDescriptor table = store.catalog().table(name);
        GlobalTable known = table == null ? null : memberships.get(table.id());
        return table != null && leaving.containsKey(table.id()) && known != null && isMember(known.member(region));
    }

    @Override
    public CompletionStage<Void> delete(TableDescriptor table) {
        GlobalTable known = memberships.get(table.id());
        boolean shared = known != null
                && isMember(known.member(region))
                && others(known).anyMatch(other -> other.getValue().state().isPresent());
        if (shared) {
            return memberships
                    .change(table.id(), region, (view, found, member, version) -> {
                        TableDescriptor local = view.catalog().table(table.id());
                        if (local == null) {
                            // Another request was first. To have a version is an edit: nothing may be refused any more.
                            return member;
                        }
                        view.putTable(local.withStatus(TableStatus.DELETING));
                        forgetWish(view, table.id());
                        return member.with(version, State.DELETING);
                    })
                    .thenAccept(unused -> {
                        leaving.remove(table.id());
                        nextRoundMillis = 0;
                    });
        }
        return memberships.edit(view -> {
            TableDescriptor local = here(view, table);
            Optional<GlobalTable> found = memberships.stored(view, table.id());
            Member self = found.map(global -> global.member(region)).orElse(null);
            if (found.isEmpty() || self == null || self.isOver()) {
                view.dropTable(local);
                DroppedTopics.note(view, local, clock.millis());
                return Optional.empty();
            }
            drop(view, found.get());
            return Optional.of(found.get().with(region, self.removed(memberships.version(view), new TreeMap<>())));
        });
    }

    /** @throws IllegalArgumentException if there is none of this name */
    Replicator peer(RegionId region) {
        Replicator peer = peers.get(region);
        if (peer == null) {
            throw new IllegalArgumentException(
                    "region " + region + " is none that " + this.region + " replicates with: " + peers.keySet());
        }
        return peer;
    }

    InstantSource clock() {
        return clock;
    }

    /** Those whose Kafka has not answered lately. */
    public List<RegionId> unreachable() {
        return policies.entrySet().stream()
                .filter(entry -> entry.getValue().isOpen())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** How each region's Kafka is called, this one's own among them. */
    public SortedMap<RegionId, CallPolicy> policies() {
        return Collections.unmodifiableSortedMap(policies);
    }

    /** Changes that are published by the region and not applied here; null while that is not known. */
    @Nullable
    Long pending(Replicator of) {
        CallPolicy policy = policies.get(of.origin());
        OptionalLong pending = of.pending();
        return pending.isEmpty() || (policy != null && policy.isOpen()) ? null : pending.getAsLong();
    }

    /** For status pages. */
    TombstoneCollector tombstones() {
        return tombstones;
    }

    Store store() {
        return store;
    }

    Publisher publisher() {
        return publisher;
    }

    @Override
    public void close() {
        voice.close();
        heartbeats.close();
        sources.values().forEach(CopySource::close);
        rejoin.close();
        readers.forEach(BusReader::close);
    }
}
