package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.GlobalTables;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Publisher publisher;
    private final InstantSource clock;
    private final Supplier<UUID> loadIds;
    private final Memberships memberships;
    private final ControlPublisher voice;
    private final HeartbeatSender heartbeats;
    private final SortedMap<RegionId, Replicator> peers = new TreeMap<>();
    private final List<BusReader> readers = new ArrayList<>();
    private final Map<RegionId, Set<String>> tablesElsewhere = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<GlobalTable> heard = new ConcurrentLinkedQueue<>();
    private final Map<TableId, CopyLoader> loaders = new ConcurrentHashMap<>();
    private final Map<String, CopySource> sources = new TreeMap<>();
    private final Set<String> handedOver = new HashSet<>();
    private final Set<TopicPartition> following = new TreeSet<>();
    private @Nullable CompletionStage<?> running;
    private volatile long nextRoundMillis;
    private long nextPercentMillis;

    /** A remote region's bus, as this region reads it. */
    public record Peer(RegionId region, OrderedBus bus) {}

    /**
     * @param publisher of the replication lane
     * @param loadIds names copies
     * @param doorbells by remote region, rung when its replicator has something to do
     */
    public ControlPlane(
            RegionId region,
            Store store,
            OrderedBus bus,
            Publisher publisher,
            List<Peer> remote,
            InstantSource clock,
            Supplier<UUID> loadIds,
            java.util.function.Function<RegionId, Runnable> doorbells) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.publisher = publisher;
        this.clock = clock;
        this.loadIds = loadIds;
        this.memberships = new Memberships(region, store);
        this.voice = new ControlPublisher(region, store, bus, memberships, clock);
        this.heartbeats = new HeartbeatSender(region, store, bus, publisher, clock, this::applied);
        for (Peer peer : remote) {
            BusReader reader = peer.bus().reader(OrderedBus.Isolation.UNCOMMITTED);
            Replicator replicator = new Replicator(
                    peer.region(), reader, new StoreReplica(store), clock, doorbells.apply(peer.region()));
            peers.put(peer.region(), replicator);
            readers.add(reader);
            replicator.listen(
                    new TopicPartition(TopicNames.control(peer.region()), 0), 0, record -> hear(peer.region(), record));
            listenToHeartbeats(peer, replicator);
        }
    }

    /** From the end on: what a region said before this one listened is of no use. */
    private void listenToHeartbeats(Peer peer, Replicator replicator) {
        TopicPartition at = new TopicPartition(TopicNames.heartbeat(peer.region()), 0);
        peer.bus().ends(List.of(at)).whenComplete((ends, failure) -> {
            // If the end is not known, the topic is read from its beginning: it is short.
            long from = failure == null ? ends.getOrDefault(at, 0L) : 0;
            replicator.listen(at, from, record -> hearHeartbeat(replicator, record));
        });
    }

    /** The replicators, each to be turned by a thread of its own. */
    public List<Replicator> replicators() {
        return List.copyOf(peers.values());
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

    SortedMap<TableId, GlobalTable> tables() {
        return new TreeMap<>(memberships.all());
    }

    RegionId region() {
        return region;
    }

    private void hear(RegionId from, BusRecord record) {
        Bytes key = record.key();
        Bytes value = record.value();
        if (key == null || value == null) {
            return;
        }
        String name = new String(key.toArray(), StandardCharsets.UTF_8);
        if (name.equals(ControlPublisher.NAMES_KEY)) {
            String names = new String(value.toArray(), StandardCharsets.UTF_8);
            tablesElsewhere.put(from, Set.of(names.split("\n", -1)));
        } else if (name.startsWith(ControlPublisher.TABLE_PREFIX)) {
            try {
                heard.add(GlobalTable.decode(value));
            } catch (IllegalArgumentException unreadable) {
                LOG.error("{}: {} from {} cannot be read: {}", region, name, from, unreadable.getMessage());
            }
        }
    }

    private static void hearHeartbeat(Replicator replicator, BusRecord record) {
        Bytes value = record.value();
        if (value != null) {
            try {
                replicator.heard(Heartbeat.decode(value));
            } catch (IllegalArgumentException unreadable) {
                LOG.error("heartbeat of {} cannot be read: {}", replicator.origin(), unreadable.getMessage());
            }
        }
    }

    @Override
    public int turn() {
        int work = voice.turn();
        for (CopySource source : sources.values()) {
            work += source.turn();
        }
        CompletionStage<?> stage = running;
        if (stage != null && !stage.toCompletableFuture().isDone()) {
            return work;
        }
        running = null;
        GlobalTable news = heard.poll();
        if (news != null) {
            return work + takeIn(news);
        }
        if (clock.millis() >= nextRoundMillis) {
            nextRoundMillis = clock.millis() + ROUND_MILLIS;
            work += round();
        }
        return work;
    }

    private int takeIn(GlobalTable news) {
        GlobalTable mine = memberships.get(news.id());
        if (mine == null || !mine.merge(news).equals(mine)) {
            running = memberships.merge(news);
            nextRoundMillis = 0;
        }
        return 1;
    }

    /** Does one thing that follows from what is known; the next waits for it. */
    private int round() {
        for (GlobalTable table : memberships.all().values()) {
            Optional<CompletionStage<Void>> step = step(table);
            if (step.isPresent()) {
                running = step.get();
                nextRoundMillis = 0;
                return 1;
            }
        }
        follow();
        return 0;
    }

    private Optional<CompletionStage<Void>> step(GlobalTable table) {
        handOver(table);
        Member self = table.member(region);
        if (self == null) {
            return Optional.empty();
        }
        TableDescriptor local = store.catalog().table(table.id());
        return switch (self.state()) {
            case CREATING -> local == null ? Optional.of(makeReplica(table)) : load(table, self);
            case ACTIVE -> local == null ? Optional.empty() : keepDescribed(table, local);
            case DELETING -> local == null ? Optional.empty() : leave(table, local);
            case CREATION_FAILED, REMOVED -> Optional.empty();
        };
    }

    private CompletionStage<Void> makeReplica(GlobalTable table) {
        return memberships.change(table.id(), region, (view, member, version) -> {
            if (view.catalog().table(table.name()) != null) {
                return member.failed(version, "A table named " + table.name() + " is already there");
            }
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    table.id(),
                    table.name(),
                    table.schema(),
                    TableStatus.CREATING,
                    true,
                    table.partitions(),
                    new TableSettings(TableSettings.BillingMode.PAY_PER_REQUEST, 0, 0, false),
                    clock.millis(),
                    List.of()));
            return member;
        });
    }

    /** While a copy is loaded: says how far, and takes over when it is complete. */
    private Optional<CompletionStage<Void>> load(GlobalTable table, Member self) {
        String id = table.id().toString();
        Optional<CopyRecord> begun = document(CopyLoader.BEGUN, id);
        Optional<CopyRecord> ended = document(CopyLoader.ENDED, id);
        if (begun.isPresent()
                && ended.isPresent()
                && begun.get().attempt() == ended.get().attempt()
                && begun.get() instanceof CopyRecord.Begin begin) {
            return Optional.of(activate(table, begin));
        }
        CopyLoader loader = loaders.get(table.id());
        if (loader == null || loader.percent() <= self.percent() || clock.millis() < nextPercentMillis) {
            return Optional.empty();
        }
        nextPercentMillis = clock.millis() + PERCENT_MILLIS;
        int percent = loader.percent();
        return Optional.of(memberships.change(
                table.id(), region, (view, member, version) -> member.withPercent(version, percent)));
    }

    private Optional<CopyRecord> document(String space, String id) {
        return store.read(view -> view.document(space, id)).map(CopyRecord::decode);
    }

    private CompletionStage<Void> activate(GlobalTable table, CopyRecord.Begin begin) {
        return memberships.change(table.id(), region, (view, member, version) -> {
            TableDescriptor local = view.catalog().table(table.id());
            if (local == null || member.state() != State.CREATING) {
                return member;
            }
            for (Position position : begin.positions()) {
                if (!position.origin().equals(region)) {
                    view.position(position);
                }
            }
            view.document(CopyLoader.BEGUN, table.id().toString(), null);
            view.document(CopyLoader.ENDED, table.id().toString(), null);
            view.putTable(local.withStatus(TableStatus.ACTIVE));
            return member.with(version, State.ACTIVE).withPercent(version, 100);
        });
    }

    /** The descriptor's status and whether it replicates follow from the other members. */
    private Optional<CompletionStage<Void>> keepDescribed(GlobalTable table, TableDescriptor local) {
        // Once replicated, always: the tail of a member that left may still arrive, and must meet the tombstones.
        boolean replicated = local.replicated()
                || others(table).anyMatch(member -> member.getValue().state().isPresent());
        boolean creating = others(table).anyMatch(member -> member.getValue().state() == State.CREATING);
        TableStatus status = creating ? TableStatus.UPDATING : TableStatus.ACTIVE;
        if (local.replicated() == replicated && local.status() == status) {
            return Optional.empty();
        }
        return Optional.of(memberships.describe(
                table.id(), found -> found.withReplicated(replicated).withStatus(status)));
    }

    private java.util.stream.Stream<Map.Entry<RegionId, Member>> others(GlobalTable table) {
        return table.members().entrySet().stream()
                .filter(member -> !member.getKey().equals(region));
    }

    /** No more writes; once all are published, the others are told where they end, and the table goes. */
    private Optional<CompletionStage<Void>> leave(GlobalTable table, TableDescriptor local) {
        if (local.status() != TableStatus.DELETING) {
            return Optional.of(memberships.describe(table.id(), found -> found.withStatus(TableStatus.DELETING)));
        }
        for (ChangePartition pending : store.changes().pending(Lane.REPLICATION)) {
            if (pending.tableId().equals(table.id())) {
                return Optional.empty();
            }
        }
        List<TopicPartition> own = partitions(region, table);
        CompletionStage<Void> left = bus.ends(own).thenCompose(ends -> {
            SortedMap<Integer, Long> finalEnds = new TreeMap<>();
            own.forEach(at -> finalEnds.put(at.partition(), ends.getOrDefault(at, 0L)));
            return memberships.change(table.id(), region, (view, member, version) -> {
                drop(view, table);
                return member.removed(version, finalEnds);
            });
        });
        return Optional.of(left);
    }

    private void drop(WriteView view, GlobalTable table) {
        TableDescriptor local = view.catalog().table(table.id());
        if (local != null) {
            view.dropTable(local);
        }
        for (Position position : view.positions()) {
            if (position.at().topic().equals(TopicNames.of(Lane.REPLICATION, position.origin(), table.name()))) {
                view.forgetPosition(position);
            }
        }
    }

    /** Publishes copies for new replicas that were told to load from here. */
    private void handOver(GlobalTable table) {
        TableDescriptor local = store.catalog().table(table.id());
        others(table).forEach(entry -> {
            Member member = entry.getValue();
            String loadId = member.loadId();
            CopySource source = sources.get(loadId);
            boolean wanted = member.state() == State.CREATING && region.equals(member.source());
            if (wanted && local != null && (source == null || source.hasFailed())) {
                closeSource(loadId);
                sources.put(loadId, new CopySource(region, local, loadId, store, bus, clock, clock.millis()));
            } else if (!wanted && source != null) {
                closeSource(loadId);
            }
            if (!wanted && region.equals(member.source()) && handedOver.add(loadId)) {
                bus.deleteTopic(TopicNames.copy(region, table.name(), loadId)).exceptionally(failure -> {
                    LOG.warn("{}: the topic of load {} is still there: {}", region, loadId, failure.getMessage());
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

    private static List<TopicPartition> partitions(RegionId of, GlobalTable table) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < table.partitions(); partition++) {
            partitions.add(new TopicPartition(TopicNames.of(Lane.REPLICATION, of, table.name()), partition));
        }
        return partitions;
    }

    /** Follows whom this region must follow, and no longer whom it need not. */
    private void follow() {
        Set<TopicPartition> wanted = new TreeSet<>();
        for (GlobalTable table : memberships.all().values()) {
            TableDescriptor local = store.catalog().table(table.id());
            Member self = table.member(region);
            if (local == null || self == null) {
                continue;
            }
            if (self.state() == State.CREATING) {
                followCopy(table, self, wanted);
            } else if (self.state() == State.ACTIVE) {
                loaders.remove(table.id());
                others(table).forEach(other -> followMember(table, other.getKey(), other.getValue(), wanted));
            }
        }
        Set<TopicPartition> gone = new TreeSet<>(following);
        gone.removeAll(wanted);
        if (!gone.isEmpty()) {
            peers.values().forEach(peer -> peer.unfollow(gone));
            following.removeAll(gone);
        }
    }

    private void followCopy(GlobalTable table, Member self, Set<TopicPartition> wanted) {
        RegionId source = self.source();
        Replicator peer = source == null ? null : peers.get(source);
        if (source == null || peer == null) {
            return;
        }
        TopicPartition at = new TopicPartition(TopicNames.copy(source, table.name(), self.loadId()), 0);
        wanted.add(at);
        if (following.add(at)) {
            CopyLoader loader = new CopyLoader(table.id());
            loaders.put(table.id(), loader);
            peer.follow(at, loader);
        }
    }

    private void followMember(GlobalTable table, RegionId origin, Member member, Set<TopicPartition> wanted) {
        Replicator peer = peers.get(origin);
        if (peer == null || member.state() == State.CREATION_FAILED) {
            return;
        }
        SortedMap<TopicPartition, Long> positions = peer.positions();
        for (TopicPartition at : partitions(origin, table)) {
            long end = member.finalEnds().getOrDefault(at.partition(), 0L);
            boolean finished = member.state() == State.REMOVED && isFinished(origin, at, positions, end);
            if (!finished) {
                wanted.add(at);
                if (following.add(at)) {
                    peer.follow(at, table.id());
                }
            }
        }
    }

    private boolean isFinished(
            RegionId origin, TopicPartition at, SortedMap<TopicPartition, Long> positions, long end) {
        if (end == 0) {
            return true;
        }
        Long position = positions.get(at);
        if (position != null) {
            return position >= end;
        }
        return new StoreReplica(store).positions(origin).getOrDefault(at, 0L) >= end;
    }

    @Override
    public List<ReplicaDescription> replicas(TableDescriptor table) {
        GlobalTable known = memberships.get(table.id());
        if (known == null) {
            return List.of();
        }
        return others(known)
                .filter(other -> other.getValue().state() != State.REMOVED)
                .map(other -> {
                    Member member = other.getValue();
                    Integer percent = member.state() == State.CREATING ? member.percent() : null;
                    return new ReplicaDescription(other.getKey(), member.state().name(), percent, member.description());
                })
                .toList();
    }

    @Override
    public CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates) {
        updates.forEach(update -> check(table, update));
        return store.write(view -> {
                    TableDescriptor local = view.catalog().table(table.id());
                    if (local == null) {
                        throw ApiException.resourceNotFound("Requested resource not found");
                    }
                    GlobalTable known = memberships
                            .stored(view, table.id())
                            .orElseGet(() -> new GlobalTable(
                                    table.id(), table.name(), table.schema(), table.partitions(), new TreeMap<>()));
                    updates.forEach(update -> checkMembership(known, update));
                    return save(view, local, known, updates);
                })
                .thenAccept(saved -> {
                    memberships.remember(saved);
                    nextRoundMillis = 0;
                });
    }

    private GlobalTable save(WriteView view, TableDescriptor local, GlobalTable known, List<ReplicaUpdate> updates) {
        GlobalTable changed = known;
        if (changed.member(region) == null) {
            changed = changed.with(region, Member.first(memberships.version(view)));
        }
        for (ReplicaUpdate update : updates) {
            Version version = memberships.version(view);
            Member member = changed.member(update.region());
            changed = switch (update.kind()) {
                case CREATE ->
                    changed.with(
                            update.region(),
                            Member.created(
                                    version, region, loadIds.get().toString().substring(0, 8), member));
                case DELETE ->
                    changed.with(
                            update.region(),
                            java.util.Objects.requireNonNull(member).with(version, State.DELETING));
            };
        }
        memberships.save(view, changed);
        view.putTable(local.withReplicated(true).withStatus(TableStatus.UPDATING));
        return changed;
    }

    private void check(TableDescriptor table, ReplicaUpdate update) {
        if (update.region().equals(region)) {
            throw ApiException.validation("Cannot add, delete, or update the local region through ReplicaUpdates. Use"
                    + " CreateTable, DeleteTable, or UpdateTable as required.");
        }
        if (!peers.containsKey(update.region())) {
            throw ApiException.validation("Invalid value for RegionName: " + update.region()
                    + "; the regions that this one replicates with are " + peers.keySet());
        }
        boolean taken = tablesElsewhere.getOrDefault(update.region(), Set.of()).contains(table.name());
        GlobalTable known = memberships.get(table.id());
        Member member = known == null ? null : known.member(update.region());
        boolean present = member != null && member.state().isPresent();
        if (update.kind() == ReplicaUpdate.Kind.CREATE && taken && !present) {
            throw ApiException.validation("Failed to create a the new replica of table with name: '" + table.name()
                    + "' because one or more replicas already existed as tables.");
        }
    }

    private void checkMembership(GlobalTable known, ReplicaUpdate update) {
        Member member = known.member(update.region());
        boolean present = member != null && member.state().isPresent();
        switch (update.kind()) {
            case CREATE -> {
                if (present) {
                    throw ApiException.validation("Failed to create a the new replica of table with name: '"
                            + known.name() + "' because one or more replicas already existed as tables.");
                }
            }
            case DELETE -> {
                if (!present) {
                    throw ApiException.validation("Update global table operation failed because one or more replicas"
                            + " were not part of the global table.");
                }
            }
        }
    }

    @Override
    public CompletionStage<Void> delete(TableDescriptor table) {
        GlobalTable known = memberships.get(table.id());
        boolean shared = known != null
                && others(known).anyMatch(other -> other.getValue().state().isPresent());
        if (shared) {
            return memberships
                    .change(table.id(), region, (view, member, version) -> {
                        TableDescriptor local = view.catalog().table(table.id());
                        if (local != null) {
                            view.putTable(local.withStatus(TableStatus.DELETING));
                        }
                        return member.with(version, State.DELETING);
                    })
                    .thenAccept(unused -> nextRoundMillis = 0);
        }
        return store.write(view -> {
                    TableDescriptor local = view.catalog().table(table.id());
                    if (local == null) {
                        throw ApiException.resourceNotFound("Requested resource not found");
                    }
                    view.dropTable(local);
                    return memberships.stored(view, table.id()).map(found -> {
                        Member self = java.util.Objects.requireNonNull(found.member(region));
                        GlobalTable ended =
                                found.with(region, self.removed(memberships.version(view), new TreeMap<>()));
                        memberships.save(view, ended);
                        return ended;
                    });
                })
                .thenAccept(ended -> ended.ifPresent(memberships::remember));
    }

    /** For status pages. */
    Publisher publisher() {
        return publisher;
    }

    @Override
    public void close() {
        voice.close();
        heartbeats.close();
        sources.values().forEach(CopySource::close);
        readers.forEach(BusReader::close);
    }
}
