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
import dev.meridian.replicator.SharedSettings;
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
import java.util.UUID;
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

    /** A store that is full or closing is not asked again at once. */
    private static final long RETRY_MILLIS = 500;

    private static final int HUNDRED = 100;

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
    private final ConcurrentLinkedQueue<Heard> heard = new ConcurrentLinkedQueue<>();
    private final Map<RegionId, Long> controlTaken = new TreeMap<>();
    private final Following following;
    private final Map<String, CopySource> sources = new TreeMap<>();
    private final Set<String> handedOver = new HashSet<>();
    private @Nullable CompletionStage<?> running;
    private volatile long nextRoundMillis;
    private long nextPercentMillis;
    private long retryAtMillis = Long.MIN_VALUE;

    /** A remote region's bus, as this region reads it. */
    public record Peer(RegionId region, OrderedBus bus) {}

    /**
     * A control record.
     *
     * @param next the offset behind it
     * @param table that it tells of, if any
     */
    private record Heard(RegionId from, long next, @Nullable GlobalTable table) {}

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
        this.heartbeats = new HeartbeatSender(region, store, bus, publisher, clock, memberships, voice, this::applied);
        this.following = new Following(region, store, peers);
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

    /** @throws IllegalArgumentException if the record cannot be read: its partition stops */
    private void hear(RegionId from, BusRecord record) {
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
        heard.add(new Heard(from, record.offset() + 1, table));
    }

    private static void hearHeartbeat(Replicator replicator, BusRecord record) {
        Bytes value = record.value();
        if (value != null) {
            replicator.heard(Heartbeat.decode(value));
        }
    }

    @Override
    public int turn() {
        int work = voice.turn();
        for (CopySource source : sources.values()) {
            work += source.turn();
        }
        CompletionStage<?> stage = running;
        if (stage != null) {
            if (!stage.toCompletableFuture().isDone()) {
                return work;
            }
            running = null;
            stage.whenComplete((unused, failure) -> {
                if (failure != null) {
                    LOG.warn("{}: {}; it is tried again", region, failure.getMessage());
                    retryAtMillis = clock.millis() + RETRY_MILLIS;
                }
            });
        }
        if (clock.millis() < retryAtMillis) {
            return work;
        }
        Heard news = heard.peek();
        if (news != null) {
            return work + takeIn(news);
        }
        if (clock.millis() >= nextRoundMillis) {
            nextRoundMillis = clock.millis() + ROUND_MILLIS;
            work += round();
        }
        return work;
    }

    /** It stays in the queue until all of it is known here: a merge that failed is done again. */
    private int takeIn(Heard news) {
        GlobalTable table = news.table;
        GlobalTable mine = table == null ? null : memberships.get(table.id());
        if (table != null && (mine == null || !mine.merge(table).equals(mine))) {
            running = memberships.merge(table);
        } else {
            heard.remove();
            controlTaken.merge(news.from, news.next, Math::max);
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
        following.update(memberships.all().values(), controlTaken);
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
            case DELETING -> Optional.ofNullable(leave(table, self, local));
            // Another region called it off, or said it had none, when it was already there.
            case REMOVED -> local == null ? Optional.empty() : Optional.ofNullable(leave(table, self, local));
            case CREATION_FAILED -> Optional.empty();
        };
    }

    private CompletionStage<Void> makeReplica(GlobalTable known) {
        return memberships.change(known.id(), region, (view, table, member, version) -> {
            if (member.state() != State.CREATING) {
                return member;
            }
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
                    SettingsShared.apply(table.settings(), TableSettings.ON_DEMAND, clock.millis()),
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
        if (begun.isPresent() && begun.get() instanceof CopyRecord.Begin begin) {
            if (ended.isPresent() && ended.get().attempt() == begin.attempt()) {
                return Optional.of(activate(table, self, begin));
            }
        }
        Member source = self.source() == null ? null : table.member(self.source());
        if (source == null || source.isOver()) {
            return Optional.of(changeSource(table, self));
        }
        int percent = begun.map(begin -> percent(id, (CopyRecord.Begin) begin)).orElse(0);
        if (percent <= self.percent() || clock.millis() < nextPercentMillis) {
            return Optional.empty();
        }
        nextPercentMillis = clock.millis() + PERCENT_MILLIS;
        return Optional.of(memberships.change(
                table.id(), region, (view, found, member, version) -> member.withPercent(version, percent)));
    }

    /** The region that was to hand over the copy has left: one that has the table does it, if there is one. */
    private CompletionStage<Void> changeSource(GlobalTable table, Member self) {
        Optional<RegionId> other = others(table)
                .filter(entry -> entry.getValue().state() == State.ACTIVE && peers.containsKey(entry.getKey()))
                .map(Map.Entry::getKey)
                .findFirst();
        String loadId = newLoadId();
        return memberships.change(table.id(), region, (view, found, member, version) -> {
            if (member.state() != State.CREATING || !member.loadId().equals(self.loadId())) {
                return member;
            }
            if (other.isPresent()) {
                CopyLoader.forget(view, table.id());
                return member.withSource(version, other.get(), loadId);
            }
            drop(view, table);
            return member.failed(version, "No region has the table any more");
        });
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

    private CompletionStage<Void> activate(GlobalTable table, Member self, CopyRecord.Begin begin) {
        return memberships.change(table.id(), region, (view, found, member, version) -> {
            TableDescriptor local = view.catalog().table(table.id());
            if (local == null
                    || member.state() != State.CREATING
                    || !member.loadId().equals(self.loadId())) {
                return member;
            }
            for (Position position : begin.positions()) {
                if (!position.origin().equals(region)) {
                    view.position(position);
                }
            }
            CopyLoader.forget(view, table.id());
            view.putTable(local.withStatus(TableStatus.ACTIVE));
            return member.with(version, State.ACTIVE).withPercent(version, HUNDRED);
        });
    }

    /** The descriptor's status and settings, and whether it replicates, follow from what is known. */
    private Optional<CompletionStage<Void>> keepDescribed(GlobalTable table, TableDescriptor local) {
        return described(table, local).equals(local)
                ? Optional.empty()
                : Optional.of(memberships.describe(table.id(), this::described));
    }

    private TableDescriptor described(GlobalTable table, TableDescriptor local) {
        Member self = table.member(region);
        if (self == null || self.state() != State.ACTIVE) {
            return local;
        }
        // Once replicated, always: the tail of a member that left may still arrive, and must meet the tombstones.
        boolean replicated = local.replicated()
                || others(table).anyMatch(member -> member.getValue().state().isPresent());
        return local.withReplicated(replicated)
                .withStatus(handsOver(table) ? TableStatus.UPDATING : TableStatus.ACTIVE)
                .withSettings(SettingsShared.apply(table.settings(), local.settings(), clock.millis()));
    }

    /** Whether a new replica is loading, or will load, from here. */
    private boolean handsOver(GlobalTable table) {
        return others(table)
                .map(Map.Entry::getValue)
                .anyMatch(member -> member.state() == State.CREATING && region.equals(member.source()));
    }

    private java.util.stream.Stream<Map.Entry<RegionId, Member>> others(GlobalTable table) {
        return table.members().entrySet().stream()
                .filter(member -> !member.getKey().equals(region));
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
        if (local.status() != TableStatus.DELETING) {
            return memberships.describe(
                    table.id(),
                    (found, descriptor) -> isOf(self, found.member(region))
                            ? descriptor.withStatus(TableStatus.DELETING)
                            : descriptor);
        }
        for (ChangePartition pending : store.changes().pending(Lane.REPLICATION)) {
            if (pending.tableId().equals(table.id())) {
                return null;
            }
        }
        List<TopicPartition> own = Following.partitions(region, table);
        return bus.ends(own).thenCompose(ends -> {
            SortedMap<Integer, Long> finalEnds = new TreeMap<>();
            own.forEach(at -> finalEnds.put(at.partition(), ends.getOrDefault(at, 0L)));
            return memberships.change(table.id(), region, (view, found, member, version) -> {
                if (!isOf(self, member)) {
                    return member;
                }
                drop(view, table);
                return member.removed(version, finalEnds);
            });
        });
    }

    /** Whether it is still the same membership, and not one that was begun meanwhile. */
    private static boolean isOf(Member self, @Nullable Member now) {
        return now != null && now.since().equals(self.since());
    }

    private static void drop(WriteView view, GlobalTable table) {
        TableDescriptor local = view.catalog().table(table.id());
        if (local != null) {
            view.dropTable(local);
        }
        for (Position position : view.positions()) {
            if (position.at().topic().equals(TopicNames.of(Lane.REPLICATION, position.origin(), table.name()))) {
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
            boolean able = local != null && local.status() != TableStatus.DELETING;
            if (wanted && local != null && able && (source == null || source.hasFailed())) {
                // What the region wrote before it left comes back to it only in the copy.
                if (following.hasAllOfBefore(table, entry.getKey(), member)) {
                    closeSource(loadId);
                    sources.put(loadId, new CopySource(region, local, loadId, store, bus, clock, clock.millis()));
                }
            } else if (source != null && !(wanted && able)) {
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
        return memberships
                .edit(view -> {
                    TableDescriptor local = here(view, table);
                    Optional<GlobalTable> stored = memberships.stored(view, table.id());
                    // Checks first: a version is an edit, and what fails must fail before.
                    updates.forEach(update -> checkMembership(
                            table.name(),
                            stored.map(known -> known.member(update.region())).orElse(null),
                            update));
                    GlobalTable known = stored.orElseGet(() -> new GlobalTable(
                            table.id(),
                            table.name(),
                            table.schema(),
                            table.partitions(),
                            SettingsShared.of(local.settings(), memberships.version(view)),
                            new TreeMap<>()));
                    view.putTable(local.withReplicated(true).withStatus(TableStatus.UPDATING));
                    return Optional.of(changed(view, known, updates));
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

    private GlobalTable changed(WriteView view, GlobalTable known, List<ReplicaUpdate> updates) {
        GlobalTable changed = known;
        if (changed.member(region) == null) {
            changed = changed.with(region, Member.first(memberships.version(view)));
        }
        for (ReplicaUpdate update : updates) {
            Version version = memberships.version(view);
            Member member = changed.member(update.region());
            changed = changed.with(
                    update.region(),
                    switch (update.kind()) {
                        case CREATE -> Member.created(version, region, newLoadId(), member);
                        case DELETE -> deleted(java.util.Objects.requireNonNull(member), version);
                    });
        }
        return changed;
    }

    /**
     * A replica that is not there yet is called off: its region need not be reached for that. Should it have become
     * active without this region's knowledge, it sees itself removed and says where its changes end.
     */
    private static Member deleted(Member member, Version version) {
        return switch (member.state()) {
            case CREATING, CREATION_FAILED -> member.removed(version, new TreeMap<>());
            case ACTIVE, DELETING -> member.with(version, State.DELETING);
            case REMOVED -> member;
        };
    }

    @Override
    public CompletionStage<Void> change(
            TableDescriptor table, BiFunction<WriteView, TableDescriptor, TableDescriptor> edit) {
        return memberships.edit(view -> {
            TableDescriptor local = here(view, table);
            TableDescriptor changed = edit.apply(view, local);
            if (!changed.equals(local)) {
                view.putTable(changed);
            }
            return memberships.stored(view, table.id()).flatMap(known -> {
                SharedSettings shared = SettingsShared.of(changed.settings(), memberships.version(view));
                return known.settings().isSameAs(shared) ? Optional.empty() : Optional.of(known.with(shared));
            });
        });
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

    private static void checkMembership(String table, @Nullable Member member, ReplicaUpdate update) {
        boolean present = member != null && member.state().isPresent();
        switch (update.kind()) {
            case CREATE -> {
                if (present) {
                    throw ApiException.validation("Failed to create a the new replica of table with name: '" + table
                            + "' because one or more replicas already existed as tables.");
                }
            }
            case DELETE -> {
                if (member == null || member.state() == State.REMOVED) {
                    throw ApiException.validation("Replica specified in the Replica Update or Replica Delete action of"
                            + " the request was not found.");
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
                    .change(table.id(), region, (view, found, member, version) -> {
                        view.putTable(here(view, table).withStatus(TableStatus.DELETING));
                        return member.with(version, State.DELETING);
                    })
                    .thenAccept(unused -> nextRoundMillis = 0);
        }
        return memberships.edit(view -> {
            TableDescriptor local = here(view, table);
            Optional<GlobalTable> found = memberships.stored(view, table.id());
            if (found.isEmpty()) {
                view.dropTable(local);
                return Optional.empty();
            }
            drop(view, found.get());
            Member self = java.util.Objects.requireNonNull(found.get().member(region));
            return Optional.of(found.get().with(region, self.removed(memberships.version(view), new TreeMap<>())));
        });
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
