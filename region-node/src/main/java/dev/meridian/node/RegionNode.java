package dev.meridian.node;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ConflictFeed;
import dev.meridian.node.api.Operations;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.control.CausalReads;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.expiry.ExpirySweeper;
import dev.meridian.node.http.ConflictPages;
import dev.meridian.node.http.DynamoHandler;
import dev.meridian.node.http.HttpServers;
import dev.meridian.node.http.Pages;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.metrics.RegionMetrics;
import dev.meridian.replicator.Replicator;
import dev.meridian.streams.ConflictPublisher;
import dev.meridian.streams.DutyRunner;
import dev.meridian.streams.Lane;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running region. Starts from the inside out, and stops in the opposite order. */
public final class RegionNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegionNode.class);

    /** Duties are rung when there is work; this is for what nobody rings for: timeouts, heartbeats, retries. */
    private static final Duration IDLE = Duration.ofMillis(20);

    private final RegionConfig config;
    private final InstantSource clock = InstantSource.system();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final Map<String, DutyRunner> runners = new ConcurrentHashMap<>();
    private @Nullable DynamoHandler handler;
    private @Nullable HttpServers http;
    private volatile @Nullable EmbeddedBroker broker;
    private String kafkaBootstrap = "";
    private volatile boolean ready;
    private volatile @Nullable Throwable bug;

    private RegionNode(RegionConfig config) {
        this.config = config;
    }

    /** Starts a region with a Vert.x of its own. */
    public static RegionNode start(RegionConfig config) {
        Vertx vertx = Vertx.vertx();
        RegionNode node = new RegionNode(config);
        node.toClose.push(
                () -> vertx.close().toCompletionStage().toCompletableFuture().join());
        return node.open(vertx);
    }

    static RegionNode start(RegionConfig config, Vertx vertx) {
        return new RegionNode(config).open(vertx);
    }

    private RegionNode open(Vertx vertx) {
        try {
            openAll(vertx);
            return this;
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
        metrics.observe(store);
        KafkaBus bus = closeLater(openBus());
        Map<Lane, Publisher> publishers = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            String name = "publish-" + lane.name().toLowerCase(java.util.Locale.ROOT);
            Publisher publisher = new Publisher(config.region(), lane, store.changes(), bus, clock, () -> ring(name));
            publishers.put(lane, publisher);
            metrics.observeBacklog(lane.name(), publisher::backlog);
            run(name, publisher);
        }
        ControlPlane control =
                openControl(store, bus, java.util.Objects.requireNonNull(publishers.get(Lane.REPLICATION)));
        control.replicators().forEach(metrics::observe);
        publishConflicts(store, bus, metrics);
        CausalReads causality = new CausalReads(control, store, clock, () -> ring("causal"));
        metrics.observeWaiting(causality::waiting);
        run("causal", causality);
        ApiContext context = new ApiContext(
                config.region(),
                store,
                control,
                clock,
                () -> new TableId(UUID.randomUUID()),
                config.partitions(),
                config.throttling());
        DynamoHandler made = new DynamoHandler(config.region(), new Operations(context), causality, metrics);
        handler = made;
        ReplicationStatus status = new ReplicationStatus(control, publishers, clock);
        Pages pages = new Pages()
                .with("healthy", this::healthy)
                .with("ready", this::readiness)
                .with("regions", () -> Pages.Page.json(200, RegionAddress.json(List.of(address()))))
                .with(
                        "contributor-insights",
                        () -> Pages.Page.json(200, context.insights().page()))
                .with("replication", () -> Pages.Page.json(200, status.json()))
                .with("metrics", () -> Pages.Page.text(200, RegionMetrics.CONTENT_TYPE, metrics.text()))
                .with("disassociate", query -> disassociation(control, query.require("table")))
                .action("disassociate", query -> {
                    disassociate(control, query);
                    return disassociation(control, query.require("table"));
                });
        new ConflictPages(new ConflictFeed(context)).addTo(pages);
        http = closeLater(
                HttpServers.region(vertx, config.http().host(), config.http().port(), made, pages));
        ready = true;
    }

    private void publishConflicts(LmdbStore store, KafkaBus bus, RegionMetrics metrics) {
        ConflictPublisher publisher = closeLater(
                new ConflictPublisher(config.region(), store.conflicts(), bus, clock, () -> ring("publish-conflicts")));
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

    private LmdbStore openStore() throws IOException {
        Path folder = config.data().resolve("store");
        LmdbStore store = LmdbStore.open(LmdbStore.Config.durable(folder, config.region(), clock));
        closeLater(store);
        store.onQueued(() -> ring("writer"));
        run("writer", store.writer());
        run("sweeper", store.sweeper());
        run("expiry", new ExpirySweeper(store, clock));
        return store;
    }

    private KafkaBus openBus() {
        String name = "meridian-" + config.region();
        if (config.kafka() instanceof KafkaConfig.Outside outside) {
            kafkaBootstrap = outside.bootstrap();
            return new KafkaBus(new KafkaBus.Config(name, outside.bootstrap(), outside.properties()));
        }
        KafkaConfig.Embedded embedded = (KafkaConfig.Embedded) config.kafka();
        toClose.push(this::stopKafka);
        EmbeddedBroker started = startBroker(embedded.host(), embedded.port());
        broker = started;
        kafkaBootstrap = started.bootstrap();
        return new KafkaBus(new KafkaBus.Config(name, kafkaBootstrap, new TreeMap<>()));
    }

    private EmbeddedBroker startBroker(String host, int port) {
        return new EmbeddedBroker(
                new EmbeddedBroker.Config(config.region().value(), config.data().resolve("kafka"), host, port));
    }

    /** For drills: the embedded broker goes, all else goes on. Nothing happens if it is not running. */
    public synchronized void stopKafka() {
        EmbeddedBroker running = broker;
        if (running != null) {
            broker = null;
            running.close();
        }
    }

    /** For drills: the embedded broker comes back, on its port and with its log. */
    public synchronized void startKafka() {
        if (!(config.kafka() instanceof KafkaConfig.Embedded embedded)) {
            throw new IllegalStateException(config.region() + " has no Kafka of its own");
        }
        if (broker == null) {
            int port = Integer.parseInt(kafkaBootstrap.substring(kafkaBootstrap.lastIndexOf(':') + 1));
            broker = startBroker(embedded.host(), port);
        }
    }

    private ControlPlane openControl(LmdbStore store, KafkaBus bus, Publisher publisher) {
        List<ControlPlane.Peer> peers = new ArrayList<>();
        config.peers()
                .forEach(peer -> peers.add(new ControlPlane.Peer(
                        peer.region(),
                        closeLater(new KafkaBus(new KafkaBus.Config(
                                "meridian-" + config.region() + "-of-" + peer.region(),
                                peer.bootstrap(),
                                peer.properties()))))));
        ControlPlane control = closeLater(new ControlPlane(
                config.region(),
                store,
                bus,
                publisher,
                peers,
                clock,
                UUID::randomUUID,
                peer -> () -> ring("replicate-" + peer)));
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
        EmbeddedBroker running = broker;
        boolean failed = running != null && running.failure().isPresent();
        String kafka = failed ? ",\"embeddedKafka\":\"failed\"" : "";
        return Pages.Page.json(
                healthy ? 200 : 500,
                "{\"healthy\":" + healthy + ",\"region\":\"" + config.region() + "\"" + kafka + "}");
    }

    private Pages.Page readiness() {
        return Pages.Page.json(ready ? 200 : 503, "{\"ready\":" + ready + ",\"region\":\"" + config.region() + "\"}");
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
