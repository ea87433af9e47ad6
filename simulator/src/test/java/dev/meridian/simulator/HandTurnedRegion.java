package dev.meridian.simulator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.ConflictPublisher;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.memory.MemoryBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

/** One region of the product's own parts, without threads: the real store, publishers, replicators and control plane. */
final class HandTurnedRegion {
    final RegionId id;
    private final Path folder;
    private final Map<RegionId, MemoryBus> buses;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Duration evictAfter;
    private final List<Duty> duties = new ArrayList<>();
    private final Map<Lane, Publisher> publishers = new TreeMap<>();
    private Runnable afterCommit = () -> {};
    private ConflictPublisher conflicts;
    LmdbStore store;
    ControlPlane control;

    HandTurnedRegion(
            RegionId id, Path folder, Map<RegionId, MemoryBus> buses, InstantSource clock, RandomGenerator random)
            throws IOException {
        this(id, folder, buses, clock, random, Duration.ZERO);
    }

    HandTurnedRegion(
            RegionId id,
            Path folder,
            Map<RegionId, MemoryBus> buses,
            InstantSource clock,
            RandomGenerator random,
            Duration evictAfter)
            throws IOException {
        this.evictAfter = evictAfter;
        this.id = id;
        this.folder = folder;
        this.buses = buses;
        this.clock = clock;
        this.random = random;
        start();
    }

    private void start() throws IOException {
        store = LmdbStore.open(new LmdbStore.Config(folder, id, clock, false, 1L << 30, Duration.ofSeconds(60)));
        MemoryBus own = buses.get(id);
        CallPolicy policy = new CallPolicy(id.value(), clock);
        publishers.clear();
        Publisher replication = new Publisher(id, Lane.REPLICATION, store.changes(), own, policy, clock, () -> {});
        Publisher stream = new Publisher(id, Lane.STREAM, store.changes(), own, policy, clock, () -> {});
        publishers.put(Lane.REPLICATION, replication);
        publishers.put(Lane.STREAM, stream);
        List<ControlPlane.Peer> peers = new ArrayList<>();
        buses.forEach((region, bus) -> {
            if (!region.equals(id)) {
                peers.add(new ControlPlane.Peer(region, bus, new CallPolicy(region.value(), clock)));
            }
        });
        control = new ControlPlane(
                id,
                store,
                own,
                policy,
                publishers,
                peers,
                clock,
                () -> new UUID(random.nextLong(), random.nextLong()),
                peer -> () -> {},
                evictAfter);
        conflicts = new ConflictPublisher(id, store.conflicts(), own, policy, clock, () -> {});
        duties.addAll(List.of(
                store.writer(), store.sweeper(), replication, stream, conflicts, control, control.heartbeats()));
        duties.addAll(control.replicators());
    }

    /** The process ends and another begins on the same folder. */
    void restart() throws IOException {
        duties.clear();
        conflicts.close();
        control.close();
        store.close();
        start();
        afterCommit.run();
    }

    /** Calls {@code listener} whenever the store may have changed. */
    void afterEachCommit(Runnable listener) {
        afterCommit = listener;
    }

    private void turn(Duty duty) {
        duty.turn();
        if (duty == store.writer()) {
            afterCommit.run();
        }
    }

    void turnOne() {
        turn(duties.get(random.nextInt(duties.size())));
    }

    void turnAll() {
        duties.forEach(this::turn);
    }

    /** All turn but what follows one other region. */
    void turnAllButReplicatorOf(RegionId origin) {
        duties.stream()
                .filter(duty -> !(duty instanceof Replicator replicator
                        && replicator.origin().equals(origin)))
                .forEach(this::turn);
    }

    /** As {@code /-/replication} shows it. */
    String status() {
        return replication().json();
    }

    private ReplicationStatus replication() {
        return new ReplicationStatus(control, publishers, clock);
    }

    /** What {@code /-/healthy} shows of replication. */
    String health() {
        ObjectNode health = new ObjectMapper().createObjectNode();
        replication().addTo(health);
        return health.toString();
    }

    /** Turns the writer until a write is done. */
    <T> T done(CompletionStage<T> stage) {
        for (int i = 0; i < 100 && !stage.toCompletableFuture().isDone(); i++) {
            turn(store.writer());
        }
        return stage.toCompletableFuture().join();
    }

    void close() {
        conflicts.close();
        control.close();
        store.close();
    }
}
