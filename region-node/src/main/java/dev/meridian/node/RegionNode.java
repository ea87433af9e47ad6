package dev.meridian.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiContext;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ConflictFeed;
import dev.meridian.node.api.Operations;
import dev.meridian.node.clock.ClockGuardedStore;
import dev.meridian.node.clock.GuardedClock;
import dev.meridian.node.clock.RegionClock;
import dev.meridian.node.clock.SystemElapsedTime;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.NodeUrl;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.console.ConsoleEvents;
import dev.meridian.node.console.RegionFeed;
import dev.meridian.node.console.RequestWindow;
import dev.meridian.node.control.CausalReads;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.node.control.PartitionBudget;
import dev.meridian.node.control.ReplicationPages;
import dev.meridian.node.control.ReplicationStatus;
import dev.meridian.node.control.TopicRetention;
import dev.meridian.node.drill.DrillControls;
import dev.meridian.node.drill.DrillPages;
import dev.meridian.node.expiry.ExpirySweeper;
import dev.meridian.node.http.AuditPage;
import dev.meridian.node.http.BrowserAccess;
import dev.meridian.node.http.ConflictPages;
import dev.meridian.node.http.DynamoHandler;
import dev.meridian.node.http.HttpServers;
import dev.meridian.node.http.Pages;
import dev.meridian.node.http.TailPage;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.metrics.RegionMetrics;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.Store;
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
import java.net.URI;
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
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
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
    private final StartChoice choice;
    private final GuardedClock clock;

    /** Pauses between calls are not to depend on a clock that somebody sets. */
    private final InstantSource steady =
            () -> Instant.ofEpochMilli(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - STARTED_NANOS));

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final Map<String, DutyRunner> runners = new ConcurrentHashMap<>();

    /** The Kafka clusters that this region talks to, by what they are called in health. */
    private final Map<String, KafkaBus> clusters = new ConcurrentSkipListMap<>();

    private @Nullable DynamoHandler handler;
    private volatile @Nullable HttpServers http;
    private @Nullable Pages pages;
    private @Nullable RegionFeed feed;
    private volatile @Nullable EmbeddedBroker broker;
    private String kafkaBootstrap = "";
    private volatile @Nullable LmdbStore store;
    private volatile @Nullable ReplicationStatus status;
    private volatile @Nullable RegionClock regionClock;
    private volatile boolean ready;
    private volatile @Nullable Throwable bug;

    private RegionNode(RegionConfig config, boolean mayCut, StartChoice choice) {
        this.config = config;
        this.choice = choice;
        this.mayCut = mayCut;
        this.drill = config.drill() == null ? null : new DrillControls(InstantSource.system(), config.drill());
        this.clock = new GuardedClock(drill == null ? InstantSource.system() : drill.clock(), new SystemElapsedTime());
    }

    /** Starts a region with a Vert.x of its own. */
    public static RegionNode start(RegionConfig config) {
        return start(config, StartChoice.NONE);
    }

    /** The same, with what an operator has decided about the folder. */
    public static RegionNode start(RegionConfig config, StartChoice choice) {
        Vertx vertx = Vertx.vertx();
        RegionNode node = new RegionNode(config, config.drill() != null, choice);
        node.toClose.push(
                () -> vertx.close().toCompletionStage().toCompletableFuture().join());
        return node.open(vertx);
    }

    /** Starts one of several regions on one machine, whose links may be cut. */
    static RegionNode start(RegionConfig config, StartChoice choice, Vertx vertx) {
        return new RegionNode(config, true, choice).open(vertx);
    }

    private RegionNode open(Vertx vertx) {
        try {
            openAll(vertx);
            return this;
        } catch (StorageFaultException refused) {
            close();
            throw new StartException(
                    config.region() + ": no store can be made or opened in " + config.data() + ": "
                            + refused.getMessage(),
                    refused);
        } catch (UncheckedIOException cannot) {
            close();
            throw new StartException(config.region() + ": " + cannot.getMessage(), cannot);
        } catch (DamagedValueException damaged) {
            close();
            IllegalStateException refused =
                    new StartCheck(config.region(), config.data(), choice, clock).notOpened(damaged);
            throw new StartException(config.region() + ": " + refused.getMessage(), damaged);
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
        DataFolder folder = closeLater(DataFolder.claim(config.data()));
        RegionMetrics metrics = new RegionMetrics(config.region(), clock);
        LmdbStore store = openStore();
        this.store = store;
        metrics.observe(store);
        CallPolicy policy = new CallPolicy(config.region().value(), steady);
        KafkaBus bus = closeLater(openBus(policy));
        clusters.put("Kafka of this region", bus);
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
        if (config.kafka() instanceof KafkaConfig.Embedded) {
            opened.limit(PartitionBudget.ofProcess());
            closeLater(PartitionBudget.begin());
        }
        run("topics", new TopicRetention(config.region(), store, bus, clock));
        opened.replicators().forEach(metrics::observe);
        metrics.observeLosses(opened.losses()::count);
        metrics.observeAlarms(() -> health().path("alarms").size());
        opened.policies().values().forEach(metrics::observe);
        if (drill != null) {
            opened.replicators().forEach(drill::observe);
        }
        if (config.kafka() instanceof KafkaConfig.Embedded) {
            metrics.observeBroker(() -> brokerFailure().isPresent());
        }
        publishConflicts(store, bus, policy, metrics);
        RegionClock guard = new RegionClock(
                config.region(), clock, opened.replicators(), store::committedThrough, opened.clockHeal());
        regionClock = guard;
        run("clock", guard.watch());
        run("clock-heal", opened.clockHeal());
        Store guarded = new ClockGuardedStore(store, guard::refusal);
        run("expiry", new ExpirySweeper(guarded, clock));
        metrics.observe(clock, guard);
        CausalReads causality = new CausalReads(opened, store, clock, () -> ring("causal"));
        metrics.observeWaiting(causality::waiting);
        run("causal", causality);
        ApiContext context = new ApiContext(
                config.region(),
                guarded,
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
        RegionDirectory directory = new RegionDirectory(
                this::address, this::advertised, config.peers(), opened, closeLater(new RegionProbe(vertx)));
        Pages offered = new Pages()
                .with("healthy", this::healthy)
                .with("ready", this::readiness)
                .with("regions", () -> regions(directory))
                .with(
                        "contributor-insights",
                        () -> Pages.Page.json(200, context.insights().page()))
                .with("audit", new AuditPage(store)::answer, "table", "partition", "after", "items")
                .with("tail", new TailPage(store)::answer, "table", "after", "limit")
                .with("replication", () -> Pages.Page.json(200, replication.json()))
                .with("data-loss", () -> Pages.Page.json(200, opened.losses().json()))
                .action(
                        "data-loss/forget",
                        query -> Pages.Page.json(
                                200,
                                "{\"forgotten\":"
                                        + opened.losses()
                                                .forget()
                                                .toCompletableFuture()
                                                .join() + "}"))
                .with("set-aside", () -> Pages.Page.json(200, opened.setAsides().json()))
                .action(
                        "set-aside/forget",
                        query -> Pages.Page.json(
                                200,
                                "{\"forgotten\":"
                                        + opened.setAsides()
                                                .forget()
                                                .toCompletableFuture()
                                                .join() + "}"))
                .with("metrics", () -> Pages.Page.text(200, RegionMetrics.CONTENT_TYPE, metrics.text()))
                .with("disassociate", query -> disassociation(opened, store, query.require("table")), "table")
                .action(
                        "disassociate",
                        query -> {
                            disassociate(opened, query);
                            return disassociation(opened, store, query.require("table"));
                        },
                        "table",
                        "wait")
                .with("clock", () -> Pages.Page.json(200, guard.json()))
                .action("clock-accept", query -> {
                    guard.accept();
                    return Pages.Page.json(200, guard.json());
                })
                .action(
                        "clock-heal",
                        query -> answer(() -> {
                            guard.heal();
                            return guard.json();
                        }));
        ReplicationPages proofs = new ReplicationPages(opened, store, bus);
        addReplication(offered, proofs);
        if (mayCut) {
            offered.action("cut", query -> answer(() -> proofs.cut(query.require("from"), true)), "from")
                    .action("mend", query -> answer(() -> proofs.cut(query.require("from"), false)), "from");
        }
        new ConflictPages(new ConflictFeed(context)).addTo(offered);
        new ConsoleEvents(List.of(watched), false).addTo(offered);
        if (drill != null) {
            new DrillPages(config.region(), drill, this, store, bus).addTo(offered);
        }
        pages = offered;
        folder.narrow();
        http = closeLater(serve(vertx, config.http(), made, offered));
        advertised().ifPresent(opened::advertise);
        ready = true;
    }

    /** Requests may come as soon as the port is open, a moment before it is known here which it is. */
    private Pages.Page regions(RegionDirectory directory) {
        return http == null
                ? Pages.error(503, config.region() + " is starting")
                : Pages.Page.json(200, directory.json());
    }

    private static HttpServers serve(Vertx vertx, HttpConfig http, DynamoHandler handler, Pages pages) {
        List<String> names = new ArrayList<>(http.names());
        http.reachableAt(http.port()).map(url -> URI.create(url).getHost()).ifPresent(names::add);
        BrowserAccess access = new BrowserAccess(http.host(), names, http.crossOrigin());
        return HttpServers.region(vertx, http.host(), http.port(), access, handler, pages);
    }

    /** The URL that other regions and operators reach it at. */
    private Optional<String> advertised() {
        return config.http().reachableAt(java.util.Objects.requireNonNull(http).port());
    }

    private void publishConflicts(LmdbStore store, KafkaBus bus, CallPolicy policy, RegionMetrics metrics) {
        ConflictPublisher publisher = closeLater(new ConflictPublisher(
                config.region(), store.conflicts(), bus, policy, clock, () -> ring("publish-conflicts")));
        metrics.observeBacklog("conflicts", publisher::backlog);
        run("publish-conflicts", publisher);
    }

    private static void disassociate(ControlPlane control, Pages.Query query) {
        boolean wait = query.flag("wait");
        try {
            control.disassociate(query.require("table"), wait)
                    .toCompletableFuture()
                    .join();
        } catch (ApiException refused) {
            throw new Pages.PageRefusedException(refused.getMessage());
        } catch (CompletionException away) {
            if (away.getCause() instanceof StorageFaultException) {
                throw away;
            }
            throw new Pages.PageRefusedException(
                    "not all other regions can be asked how far they are: " + String.valueOf(away.getCause()));
        }
    }

    private static Pages.Page disassociation(ControlPlane control, LmdbStore store, String table) {
        if (store.catalog().table(table) == null) {
            throw Pages.NothingThereException.table(table);
        }
        String state = control.isDisassociating(table) ? "DISASSOCIATING" : "DONE";
        return Pages.Page.json(200, "{\"state\":\"" + state + "\"}");
    }

    private static void addReplication(Pages pages, ReplicationPages replication) {
        pages.with(
                        "drain",
                        query -> answer(() -> replication.drain(query.require("from"), query.require("to"))),
                        "from",
                        "to")
                .with("committed", () -> answer(replication::committed))
                .with("changes", query -> answer(() -> replication.changes(query.require("above"))), "above")
                .with(
                        "digest",
                        query -> answer(() -> replication.digest(
                                query.require("table"),
                                query.require("cut"),
                                query.get("segments", "256"),
                                query.get("segment"))),
                        "table",
                        "cut",
                        "segments",
                        "segment")
                .action("pause", query -> answer(() -> replication.pause(query.require("from"), true)), "from")
                .action("resume", query -> answer(() -> replication.pause(query.require("from"), false)), "from");
    }

    private static Pages.Page answer(java.util.function.Supplier<String> json) {
        try {
            return Pages.Page.json(200, json.get());
        } catch (IllegalArgumentException wrong) {
            throw new Pages.PageRefusedException(String.valueOf(wrong.getMessage()));
        } catch (BusUnavailableException away) {
            return Pages.error(503, String.valueOf(away.getMessage()));
        }
    }

    private LmdbStore openStore() throws IOException {
        StartCheck check = new StartCheck(config.region(), config.data(), choice, clock);
        check.beforeOpening();
        Path folder = config.data().resolve(StartCheck.STORE);
        LmdbStore store;
        try {
            store = LmdbStore.open(LmdbStore.Config.durable(folder, config.region(), clock));
        } catch (IllegalStateException | DamagedValueException unfit) {
            throw check.notOpened(unfit);
        }
        closeLater(store);
        store.onQueued(() -> ring("writer"));
        run("writer", drill == null ? store.writer() : drill.slowed(store.writer()));
        run("sweeper", store.sweeper());
        run("scrub", store.scrubber());
        check.afterOpening(store);
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
        closeLater(HttpServers.leaveMemory(EmbeddedBroker.FRAMES_HEAP_BYTES));
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
                config.region().value(), config.data().resolve(StartCheck.KAFKA), embedded.host(), port, listeners));
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
            LmdbStore store, KafkaBus own, CallPolicy policy, Map<Lane, Publisher> publishers) {
        List<ControlPlane.Peer> peers = new ArrayList<>();
        for (PeerConfig peer : config.peers()) {
            CallPolicy theirs = new CallPolicy(peer.region().value(), steady);
            String name = "meridian-" + config.region() + "-of-" + peer.region();
            KafkaBus.Config cluster = new KafkaBus.Config(name, peer.bootstrap(), peer.properties());
            KafkaBus bus = closeLater(new KafkaBus(cluster, theirs));
            clusters.put("Kafka of " + peer.region(), bus);
            peers.add(new ControlPlane.Peer(peer.region(), bus, theirs));
        }
        ControlPlane control = closeLater(new ControlPlane(
                config.region(),
                store,
                own,
                policy,
                publishers,
                peers,
                clock,
                clock.wall(),
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

    private void run(String name, Duty duty) {
        DutyRunner runner = new DutyRunner(config.region() + "-" + name, waitingForStore(duty), IDLE, this::failed);
        runners.put(name, runner);
        closeLater(runner.start());
    }

    /** While the store can be neither read nor written, a duty does nothing: its next turn tries again. */
    private static Duty waitingForStore(Duty duty) {
        return () -> {
            try {
                return duty.turn();
            } catch (StorageFaultException away) {
                return 0;
            }
        };
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
        return Pages.Page.json(bug == null ? 200 : 500, health().toString());
    }

    private ObjectNode health() {
        ObjectNode health = JSON.createObjectNode()
                .put("healthy", bug == null)
                .put("region", config.region().value());
        brokerFailure().ifPresent(why -> {
            health.put("embeddedKafka", "failed");
            health.withArrayProperty("alarms").add("embedded Kafka: " + why);
        });
        clusters.forEach((name, bus) -> bus.fault()
                .ifPresent(fault -> health.withArrayProperty("alarms").add(name + ": " + fault)));
        LmdbStore opened = store;
        if (opened != null) {
            opened.fault().ifPresent(fault -> health.withArrayProperty("alarms").add(fault.alarm()));
            DamageAlarms.addTo(health, opened);
        }
        RegionClock watched = regionClock;
        if (watched != null) {
            watched.alarms().forEach(alarm -> health.withArrayProperty("alarms").add(alarm));
        }
        ReplicationStatus known = status;
        if (known != null) {
            known.addTo(health);
        }
        return health;
    }

    private Optional<String> brokerFailure() {
        EmbeddedBroker running = broker;
        return running == null ? Optional.empty() : running.failure();
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
                config.region(), NodeUrl.of(config.http().host(), open.port()), kafkaBootstrap, config.data());
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
