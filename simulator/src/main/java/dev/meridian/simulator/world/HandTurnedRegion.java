package dev.meridian.simulator.world;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.Causality;
import dev.meridian.node.api.Operations;
import dev.meridian.node.control.CausalReads;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.expiry.ExpirySweeper;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ConflictPublisher;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.memory.MemoryBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One region of the product's own parts, without threads: the real store, publishers, replicators and control plane. */
public final class HandTurnedRegion {
    private static final String DATA = "data.mdb";

    public final RegionId id;
    private final Path folder;
    private final OrderedBus own;
    private final SortedMap<RegionId, OrderedBus> peers;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Settings settings;
    private final Ports ports;
    private final Function<String, Runnable> doorbells;
    private final Map<String, Duty> duties = new LinkedHashMap<>();
    private final Map<Lane, Publisher> publishers = new TreeMap<>();
    private Runnable afterCommit = () -> {};
    private ConflictPublisher conflicts;
    public LmdbStore store;

    /** The store as the region's own parts see it. */
    public Store port;

    public ControlPlane control;
    private @Nullable Operations operations;
    private @Nullable Operations streams;
    private @Nullable Causality causality;

    /**
     * How a region is set up.
     *
     * @param partitions of new tables
     * @param serves whether it answers requests, and lets items expire
     */
    public record Settings(Duration evictAfter, int partitions, boolean serves) {}

    public HandTurnedRegion(
            RegionId id, Path folder, Map<RegionId, MemoryBus> buses, InstantSource clock, RandomGenerator random)
            throws IOException {
        this(id, folder, buses, clock, random, Duration.ZERO);
    }

    public HandTurnedRegion(
            RegionId id,
            Path folder,
            Map<RegionId, MemoryBus> buses,
            InstantSource clock,
            RandomGenerator random,
            Duration evictAfter)
            throws IOException {
        this(
                id,
                folder,
                new TreeMap<>(buses),
                clock,
                random,
                new Settings(evictAfter, 1, false),
                Ports.NONE,
                duty -> () -> {});
    }

    /**
     * A region with ports that somebody stands in.
     *
     * @param buses its own, and those of the others as it reads them
     * @param doorbells by a duty's name, rung when it has something to do
     */
    public HandTurnedRegion(
            RegionId id,
            Path folder,
            SortedMap<RegionId, OrderedBus> buses,
            InstantSource clock,
            RandomGenerator random,
            Settings settings,
            Ports ports,
            Function<String, Runnable> doorbells)
            throws IOException {
        this.id = id;
        this.folder = folder;
        this.own = ports.bus(id, Objects.requireNonNull(buses.get(id)));
        this.peers = new TreeMap<>(buses);
        this.peers.remove(id);
        this.clock = clock;
        this.random = random;
        this.settings = settings;
        this.ports = ports;
        this.doorbells = doorbells;
        start();
    }

    private void start() throws IOException {
        ports.beforeOpen(id, folder);
        store = LmdbStore.open(new LmdbStore.Config(
                folder, id, clock, false, 1L << 30, Duration.ofSeconds(60), random, ports.disk(id)));
        port = ports.store(id, store);
        ChangeLog changes = ports.changes(id, store.changes());
        CallPolicy policy = new CallPolicy(id.value(), clock);
        Publisher replication = new Publisher(
                id, Lane.REPLICATION, changes, own, policy, clock, doorbells.apply("publish-replication"));
        Publisher stream =
                new Publisher(id, Lane.STREAM, changes, own, policy, clock, doorbells.apply("publish-stream"));
        publishers.put(Lane.REPLICATION, replication);
        publishers.put(Lane.STREAM, stream);
        List<ControlPlane.Peer> following = new ArrayList<>();
        peers.forEach((region, bus) -> following.add(
                new ControlPlane.Peer(region, ports.peer(id, region, bus), new CallPolicy(region.value(), clock))));
        control = new ControlPlane(
                id,
                port,
                own,
                policy,
                publishers,
                following,
                clock,
                clock,
                () -> new UUID(random.nextLong(), random.nextLong()),
                peer -> doorbells.apply("replicate-" + peer),
                settings.evictAfter());
        conflicts =
                new ConflictPublisher(id, store.conflicts(), own, policy, clock, doorbells.apply("publish-conflicts"));
        store.onQueued(doorbells.apply("writer"));
        duties.put("writer", store.writer());
        duties.put("sweeper", store.sweeper());
        duties.put("publish-replication", replication);
        duties.put("publish-stream", stream);
        duties.put("publish-conflicts", conflicts);
        duties.put("control", control);
        duties.put("heartbeat", control.heartbeats());
        control.replicators().forEach(replicator -> duties.put("replicate-" + replicator.origin(), replicator));
        if (settings.serves()) {
            serve();
        }
    }

    private void serve() {
        CausalReads causal = new CausalReads(control, port, clock, doorbells.apply("causal"));
        causality = ports.causality(id, causal);
        duties.put("causal", causal);
        duties.put("expiry", new ExpirySweeper(port, clock));
        ApiContext context = new ApiContext(
                id,
                port,
                control,
                clock,
                () -> new TableId(new UUID(random.nextLong(), random.nextLong())),
                settings.partitions(),
                own::replicationFactorMost,
                true);
        operations = new Operations(context);
        streams = Operations.ofStreams(context);
    }

    /** What it answers requests with; only if it serves. */
    public Operations operations() {
        return Objects.requireNonNull(operations);
    }

    /** As {@link #operations}, of the DynamoDB Streams API. */
    public Operations streams() {
        return Objects.requireNonNull(streams);
    }

    public Causality causality() {
        return Objects.requireNonNull(causality);
    }

    /** By name, in a fixed order. */
    public Map<String, Duty> duties() {
        return Collections.unmodifiableMap(duties);
    }

    /** The process ends and another begins on the same folder. */
    public void restart() throws IOException {
        close();
        duties.clear();
        start();
        afterCommit.run();
    }

    /** The process is gone, with all that it had not committed, and another begins on the same folder. */
    public void kill() throws IOException {
        end();
        begin();
    }

    /** The process is gone, with all that it had not committed. Only {@link #begin} may follow. */
    public void end() throws IOException {
        byte[] committed = committed();
        // It commits what is queued: that is taken back.
        close();
        Files.write(folder.resolve(DATA), committed);
        duties.clear();
    }

    /** A process begins on the folder, behind {@link #end}. */
    public void begin() throws IOException {
        start();
        afterCommit.run();
    }

    /** The store's file with all that is committed, as a snapshot of the volume has it. */
    public byte[] committed() throws IOException {
        return Files.readAllBytes(folder.resolve(DATA));
    }

    /** Puts another store in the folder, or none. Only between {@link #end} and {@link #begin}. */
    public void replaceStore(byte @Nullable [] file) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path old : files.toList()) {
                Files.delete(old);
            }
        }
        if (file != null) {
            Files.write(folder.resolve(DATA), file);
        }
    }

    /** Calls {@code listener} whenever the store may have changed. */
    public void afterEachCommit(Runnable listener) {
        afterCommit = listener;
    }

    private void turn(Duty duty) {
        duty.turn();
        if (duty == store.writer()) {
            afterCommit.run();
        }
        ports.turned(id);
    }

    public void turnOne() {
        turn(List.copyOf(duties.values()).get(random.nextInt(duties.size())));
    }

    public void turnAll() {
        duties.values().forEach(this::turn);
    }

    /** All turn but what follows one other region. */
    public void turnAllButReplicatorOf(RegionId origin) {
        duties.values().stream()
                .filter(duty -> !(duty instanceof Replicator replicator
                        && replicator.origin().equals(origin)))
                .forEach(this::turn);
    }

    /** As {@code /-/replication} shows it. */
    public String status() {
        return replication().json();
    }

    private ReplicationStatus replication() {
        return new ReplicationStatus(control, publishers, clock);
    }

    /** What {@code /-/healthy} shows of replication. */
    public String health() {
        ObjectNode health = new ObjectMapper().createObjectNode();
        replication().addTo(health);
        return health.toString();
    }

    /** Turns the writer until a write is done. */
    public <T> T done(CompletionStage<T> stage) {
        for (int i = 0; i < 100 && !stage.toCompletableFuture().isDone(); i++) {
            turn(store.writer());
        }
        return stage.toCompletableFuture().join();
    }

    public void close() {
        conflicts.close();
        control.close();
        store.close();
    }
}
