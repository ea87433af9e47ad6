package dev.meridian.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ConflictFeed;
import dev.meridian.node.api.Operations;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.console.ConsoleEvents;
import dev.meridian.node.console.RegionFeed;
import dev.meridian.node.console.RequestWindow;
import dev.meridian.node.control.CausalReads;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.ReplicationPages;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.control.TopicRetention;
import dev.meridian.node.drill.DrillControls;
import dev.meridian.node.drill.DrillPages;
import dev.meridian.node.expiry.ExpirySweeper;
import dev.meridian.node.http.AuditPage;
import dev.meridian.node.http.ConflictPages;
import dev.meridian.node.http.DynamoHandler;
import dev.meridian.node.http.HttpServers;
import dev.meridian.node.http.Pages;
import dev.meridian.node.http.TailPage;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.metrics.RegionMetrics;
import dev.meridian.node.store.StoreFullException;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.ConflictPublisher;
import dev.meridian.streams.DutyRunner;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.resilience.CallPolicy;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running region. Starts from the inside out, and stops in the opposite order. */
public final class RegionNode implements AutoCloseable, DrillPages.Broker {
    private static final Logger LOG = LoggerFactory.getLogger(RegionNode.class);

    /** Duties are rung when there is work; this is for what nobody rings for: timeouts, heartbeats, retries. */
    private static final Duration IDLE = Duration.ofMillis(20);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long STARTED_NANOS = System.nanoTime();

    private final RegionConfig config;
    private final @Nullable DrillControls drill;
    private final boolean mayCut;
    private final InstantSource clock;

    /** Pauses between calls are not to depend on a clock that somebody sets. */
    private final InstantSource steady =
            () -> Instant.ofEpochMilli(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - STARTED_NANOS));

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final Map<String, DutyRunner> runners = new ConcurrentHashMap<>();
    private @Nullable DynamoHandler handler;
    private @Nullable HttpServers http;
    private @Nullable Pages pages;
    private @Nullable RegionFeed feed;
    private volatile @Nullable EmbeddedBroker broker;
    private String kafkaBootstrap = "";
    private volatile @Nullable LmdbStore store;
    private volatile @Nullable ReplicationStatus status;
    private volatile boolean ready;
    private volatile @Nullable Throwable bug;

    private RegionNode(RegionConfig config, boolean mayCut) {
        this.config = config;
        this.mayCut = mayCut;
        this.drill = config.drill() == null ? null : new DrillControls(InstantSource.system(), config.drill());
        this.clock = drill == null ? InstantSource.system() : drill.clock();
    }

    /** Starts a region with a Vert.x of its own. */
    public static RegionNode start(RegionConfig config) {
        Vertx vertx = Vertx.vertx();
        RegionNode node = new RegionNode(config, config.drill() != null);
        node.toClose.push(
                () -> vertx.close().toCompletionStage().toCompletableFuture().join());
        return node.open(vertx);
    }

    /** Starts one of several regions on one machine, whose links may be cut. */
    static RegionNode start(RegionConfig config, Vertx vertx) {
        return new RegionNode(config, true).open(vertx);
    }

    private RegionNode open(Vertx vertx) {
        try {
            openAll(vertx);
            return this;
        } catch (StoreFullException full) {
            close();
            throw new StartException(
                    config.region() + ": no store can be made in " + config.data() + ": " + full.getMessage(), full);
        } catch (UncheckedIOException cannot) {
            close();
            throw new StartException(config.region() + ": " + cannot.getMessage(), cannot);
        } catch (IOException | IllegalStateException cannot) {
            close();
            throw new StartException(config.region() + ": " + cannot.getMessage(), cannot);
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    private <T extends AutoCloseable> T closeLater(T part) {
        toClose.push(part);
        return part;
    }

    private void openAll(Vertx vertx) throws IOException {
        closeLater(DataFolder.claim(config.data()));
        RegionMetrics metrics = new RegionMetrics(config.region(), clock);
        LmdbStore store = openStore();
        this.store = store;
        metrics.observe(store);
        CallPolicy policy = new CallPolicy(config.region().value(), steady);
        KafkaBus bus = closeLater(openBus(policy));
        Map<Lane, Publisher> publishers = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            String name = "publish-" + lane.name().toLowerCase(java.util.Locale.ROOT);
            Publisher publisher = closeLater(
                    new Publisher(config.region(), lane, store.changes(), bus, policy, clock, () -> ring(name)));
            publishers.put(lane, publisher);
            metrics.observeBacklog(lane.name(), publisher::backlog);
            run(name, publisher);
        }
        ControlPlane opened = openControl(store, bus, policy, publishers);
        run("topics", new TopicRetention(config.region(), store, bus, clock));
        opened.replicators().forEach(metrics::observe);
        opened.policies().values().forEach(metrics::observe);
        if (drill != null) {
            opened.replicators().forEach(drill::observe);
        }
        publishConflicts(store, bus, policy, metrics);
        CausalReads causality = new CausalReads(opened, store, clock, () -> ring("causal"));
        metrics.observeWaiting(causality::waiting);
        run("causal", causality);
        ApiContext context = new ApiContext(
                config.region(),
                store,
                opened,
                clock,
                () -> new TableId(UUID.randomUUID()),
                config.partitions(),
                bus::replicationFactorMost,
                config.throttling());
        RequestWindow requests = new RequestWindow(metrics);
        DynamoHandler made = new DynamoHandler(
                config.region(), new Operations(context), Operations.ofStreams(context), causality, requests);
        handler = made;
        ReplicationStatus replication = new ReplicationStatus(opened, publishers, clock);
        status = replication;
        RegionFeed watched = new RegionFeed(
                config.region(),
                opened,
                replication,
                store,
                publishers,
                requests,
                mayCut,
                InstantSource.system(),
                steady);
        feed = watched;
        run("console", watched);
        Pages offered = new Pages()
                .with("healthy", this::healthy)
                .with("ready", this::readiness)
                .with("regions", () -> Pages.Page.json(200, RegionAddress.json(List.of(address()))))
                .with(
                        "contributor-insights",
                        () -> Pages.Page.json(200, context.insights().page()))
                .with("audit", new AuditPage(store)::answer)
                .with("tail", new TailPage(store)::answer)
                .with("replication", () -> Pages.Page.json(200, replication.json()))
                .with("metrics", () -> Pages.Page.text(200, RegionMetrics.CONTENT_TYPE, metrics.text()))
                .with("disassociate", query -> disassociation(opened, query.require("table")))
                .action("disassociate", query -> {
                    disassociate(opened, query);
                    return disassociation(opened, query.require("table"));
                });
        ReplicationPages proofs = new ReplicationPages(opened, store, bus);
        addReplication(offered, proofs);
        if (mayCut) {
            offered.action("cut", query -> answer(() -> proofs.cut(query.require("from"), true)))
                    .action("mend", query -> answer(() -> proofs.cut(query.require("from"), false)));
        }
        new ConflictPages(new ConflictFeed(context)).addTo(offered);
        new ConsoleEvents(List.of(watched), false).addTo(offered);
        if (drill != null) {
            new DrillPages(config.region(), drill, this, store, bus).addTo(offered);
        }
        pages = offered;
        http = closeLater(
                HttpServers.region(vertx, config.http().host(), config.http().port(), made, offered));
        ready = true;
    }

    private void publishConflicts(LmdbStore store, KafkaBus bus, CallPolicy policy, RegionMetrics metrics) {
        ConflictPublisher publisher = closeLater(new ConflictPublisher(
                config.region(), store.conflicts(), bus, policy, clock, () -> ring("publish-conflicts")));
        metrics.observeBacklog("conflicts", publisher::backlog);
        run("publish-conflicts", publisher);
    }

    private static void disassociate(ControlPlane control, Pages.Query query) {
        boolean wait = Boolean.parseBoolean(query.get("wait", "false"));
        try {
            control.disassociate(query.require("table"), wait)
                    .toCompletableFuture()
                    .join();
        } catch (ApiException refused) {
            throw new Pages.PageRefusedException(refused.getMessage());
        } catch (CompletionException away) {
            throw new Pages.PageRefusedException(
                    "not all other regions can be asked how far they are: " + String.valueOf(away.getCause()));
        }
    }

    private static Pages.Page disassociation(ControlPlane control, String table) {
        String state = control.isDisassociating(table) ? "DISASSOCIATING" : "DONE";
        return Pages.Page.json(200, "{\"state\":\"" + state + "\"}");
    }

    private static void addReplication(Pages pages, ReplicationPages replication) {
        pages.with("drain", query -> answer(() -> replication.drain(query.require("from"), query.require("to"))))
                .with("committed", query -> answer(replication::committed))
                .with("changes", query -> answer(() -> replication.changes(query.require("above"))))
                .with(
                        "digest",
                        query -> answer(() -> replication.digest(
                                query.require("table"),
                                query.require("cut"),
                                query.get("segments", "256"),
                                query.get("segment"))))
                .action("pause", query -> answer(() -> replication.pause(query.require("from"), true)))
                .action("resume", query -> answer(() -> replication.pause(query.require("from"), false)));
    }

    private static Pages.Page answer(java.util.function.Supplier<String> json) {
        try {
            return Pages.Page.json(200, json.get());
        } catch (IllegalArgumentException wrong) {
            throw new Pages.PageRefusedException(String.valueOf(wrong.getMessage()));
        } catch (BusUnavailableException away) {
            return Pages.Page.json(503, "{\"error\":\"" + away.getMessage() + "\"}");
        }
    }

    private LmdbStore openStore() throws IOException {
        Path folder = config.data().resolve("store");
        LmdbStore store = LmdbStore.open(LmdbStore.Config.durable(folder, config.region(), clock));
        closeLater(store);
        store.onQueued(() -> ring("writer"));
        run("writer", drill == null ? store.writer() : drill.slowed(store.writer()));
        run("sweeper", store.sweeper());
        run("expiry", new ExpirySweeper(store, clock));
        return store;
    }

    private KafkaBus openBus(CallPolicy policy) {
        String name = "meridian-" + config.region();
        if (config.kafka() instanceof KafkaConfig.Outside outside) {
            kafkaBootstrap = outside.bootstrap();
            return new KafkaBus(new KafkaBus.Config(name, outside.bootstrap(), outside.properties()), policy);
        }
        KafkaConfig.Embedded embedded = (KafkaConfig.Embedded) config.kafka();
        toClose.push(this::stopKafka);
        EmbeddedBroker started = startBroker(embedded, embedded.port());
        broker = started;
        kafkaBootstrap = started.bootstrap();
        return new KafkaBus(new KafkaBus.Config(name, kafkaBootstrap, new TreeMap<>()), policy);
    }

    private EmbeddedBroker startBroker(KafkaConfig.Embedded embedded, int port) {
        List<EmbeddedBroker.Listener> listeners = embedded.listeners().stream()
                .map(more -> new EmbeddedBroker.Listener(
                        more.name(), more.port(), more.advertisedHost(), more.advertisedPort()))
                .toList();
        return new EmbeddedBroker(new EmbeddedBroker.Config(
                config.region().value(), config.data().resolve("kafka"), embedded.host(), port, listeners));
    }

    /** For drills: the embedded broker goes, all else goes on. Nothing happens if it is not running. */
    @Override
    public synchronized void stopKafka() {
        EmbeddedBroker running = broker;
        if (running != null) {
            broker = null;
            running.close();
        }
    }

    /** For drills: the embedded broker comes back, on its port and with its log. */
    @Override
    public synchronized void startKafka() {
        if (!(config.kafka() instanceof KafkaConfig.Embedded embedded)) {
            throw new IllegalStateException(config.region() + " has no Kafka of its own");
        }
        if (broker == null) {
            int port = Integer.parseInt(kafkaBootstrap.substring(kafkaBootstrap.lastIndexOf(':') + 1));
            broker = startBroker(embedded, port);
        }
    }

    private ControlPlane openControl(
            LmdbStore store, KafkaBus bus, CallPolicy policy, Map<Lane, Publisher> publishers) {
        List<ControlPlane.Peer> peers = new ArrayList<>();
        for (PeerConfig peer : config.peers()) {
            CallPolicy theirs = new CallPolicy(peer.region().value(), steady);
            String name = "meridian-" + config.region() + "-of-" + peer.region();
            KafkaBus.Config cluster = new KafkaBus.Config(name, peer.bootstrap(), peer.properties());
            peers.add(new ControlPlane.Peer(peer.region(), closeLater(new KafkaBus(cluster, theirs)), theirs));
        }
        ControlPlane control = closeLater(new ControlPlane(
                config.region(),
                store,
                bus,
                policy,
                publishers,
                peers,
                clock,
                UUID::randomUUID,
                peer -> () -> ring("replicate-" + peer),
                config.evictAfter()));
        for (Replicator replicator : control.replicators()) {
            run("replicate-" + replicator.origin(), replicator);
        }
        run("control", control);
        run("heartbeat", control.heartbeats());
        return control;
    }

    private void run(String name, dev.meridian.model.Duty duty) {
        DutyRunner runner = new DutyRunner(config.region() + "-" + name, duty, IDLE, this::failed);
        runners.put(name, runner);
        closeLater(runner.start());
    }

    private void ring(String name) {
        DutyRunner runner = runners.get(name);
        if (runner != null) {
            runner.ring();
        }
    }

    private void failed(Throwable thrown) {
        bug = thrown;
        ready = false;
    }

    /** A failed broker is said and no reason to end the node: it reads and writes without, and the broker comes back. */
    private Pages.Page healthy() {
        boolean healthy = bug == null;
        ObjectNode health = JSON.createObjectNode()
                .put("healthy", healthy)
                .put("region", config.region().value());
        EmbeddedBroker running = broker;
        if (running != null && running.failure().isPresent()) {
            health.put("embeddedKafka", "failed");
            health.withArrayProperty("alarms")
                    .add("embedded Kafka: " + running.failure().get());
        }
        LmdbStore opened = store;
        if (opened != null && opened.isFull()) {
            health.withArrayProperty("alarms").add("the store is full: writes fail, reads go on");
        }
        ReplicationStatus known = status;
        if (known != null) {
            known.addTo(health);
        }
        return Pages.Page.json(healthy ? 200 : 500, health.toString());
    }

    private Pages.Page readiness() {
        return Pages.Page.json(ready ? 200 : 503, "{\"ready\":" + ready + ",\"region\":\"" + config.region() + "\"}");
    }

    /** What its port offers below {@code /-/}. */
    Pages pages() {
        return java.util.Objects.requireNonNull(pages);
    }

    RegionFeed feed() {
        return java.util.Objects.requireNonNull(feed);
    }

    DynamoHandler handler() {
        return java.util.Objects.requireNonNull(handler);
    }

    public RegionId region() {
        return config.region();
    }

    public RegionAddress address() {
        HttpServers open = java.util.Objects.requireNonNull(http);
        return new RegionAddress(
                config.region(), "http://" + config.http().host() + ":" + open.port(), kafkaBootstrap, config.data());
    }

    @Override
    public void close() {
        ready = false;
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().close();
            } catch (Exception failed) {
                LOG.error("{}: a part did not close", config.region(), failed);
            }
        }
    }
}
