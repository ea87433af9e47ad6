package dev.meridian.node;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.node.cli.client.Verification;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.console.ConsoleEvents;
import dev.meridian.node.http.BrowserAccess;
import dev.meridian.node.http.DynamoHandler;
import dev.meridian.node.http.FrontDoor;
import dev.meridian.node.http.HttpServers;
import dev.meridian.node.http.Pages;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several regions in one JVM, as {@code meridian up} runs them, with the front door. */
public final class LocalCluster implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCluster.class);

    /** How long regions may take to apply what was committed when somebody asked whether they are equal. */
    private static final Duration VERIFY_PATIENCE = Duration.ofSeconds(10);

    private final Options options;
    private final Vertx vertx;
    private final List<RegionNode> nodes = Collections.synchronizedList(new ArrayList<>());
    private @Nullable HttpServers frontDoor;

    /**
     * What to start.
     *
     * @param portBase of the front door; regions have the ports behind it
     * @param kafkaPortBase of the first region's broker
     * @param data one folder for each region goes below it
     * @param ephemeral delete the data folder at the end
     * @param throttling whether provisioned tables are held to what they are provisioned with
     * @param evictAfter how long a region may be silent before the others evict its replicas; zero for ever
     * @param names further names and addresses that this machine is reached at
     * @param crossOrigin origins whose pages in browsers may use the DynamoDB API
     * @param defaultRegion which of them gets what is signed for a region that does not run here; null: that is refused,
     *     and the first gets what is signed for {@code localhost}
     */
    public record Options(
            List<RegionId> regions,
            String host,
            int portBase,
            int kafkaPortBase,
            Path data,
            boolean ephemeral,
            int partitions,
            boolean throttling,
            Duration evictAfter,
            List<String> names,
            List<String> crossOrigin,
            @Nullable RegionId defaultRegion) {
        public Options {
            regions = List.copyOf(regions);
            names = List.copyOf(names);
            crossOrigin = List.copyOf(crossOrigin);
        }

        public Options(
                List<RegionId> regions,
                String host,
                int portBase,
                int kafkaPortBase,
                Path data,
                boolean ephemeral,
                int partitions,
                boolean throttling,
                Duration evictAfter) {
            this(
                    regions,
                    host,
                    portBase,
                    kafkaPortBase,
                    data,
                    ephemeral,
                    partitions,
                    throttling,
                    evictAfter,
                    List.of(),
                    List.of(),
                    null);
        }

        private FrontDoor frontDoor(Map<RegionId, DynamoHandler> handlers) {
            return new FrontDoor(
                    handlers, defaultRegion == null ? regions.get(0) : defaultRegion, defaultRegion != null);
        }

        private RegionConfig config(int index) {
            List<PeerConfig> peers = new ArrayList<>();
            for (int other = 0; other < regions.size(); other++) {
                if (other != index) {
                    peers.add(new PeerConfig(regions.get(other), host + ":" + (kafkaPortBase + other), Map.of()));
                }
            }
            RegionId region = regions.get(index);
            return new RegionConfig(
                    region,
                    data.resolve(region.value()),
                    new HttpConfig(host, portBase + 1 + index, names, crossOrigin, null),
                    new KafkaConfig.Embedded(host, kafkaPortBase + index),
                    peers,
                    partitions,
                    throttling,
                    evictAfter,
                    null);
        }
    }

    private LocalCluster(Options options) {
        this.options = options;
        this.vertx = Vertx.vertx();
    }

    /** @throws StartException if any region cannot start; then none runs */
    public static LocalCluster start(Options options) {
        return start(options, Map.of());
    }

    /** The same, with what an operator has decided about regions' folders. */
    public static LocalCluster start(Options options, Map<RegionId, StartChoice> choices) {
        LocalCluster cluster = new LocalCluster(options);
        try {
            cluster.open(choices);
            return cluster;
        } catch (RuntimeException failed) {
            cluster.close();
            throw failed;
        }
    }

    private void open(Map<RegionId, StartChoice> choices) {
        List<CompletableFuture<RegionNode>> starting = new ArrayList<>();
        for (int i = 0; i < options.regions().size(); i++) {
            RegionConfig config = options.config(i);
            StartChoice choice = choices.getOrDefault(config.region(), StartChoice.NONE);
            starting.add(inThread("start-" + config.region(), () -> RegionNode.start(config, choice, vertx)));
        }
        // Those that do start are waited for, so that they are closed.
        RuntimeException first = null;
        for (CompletableFuture<RegionNode> each : starting) {
            try {
                nodes.add(each.join());
            } catch (CompletionException failed) {
                RuntimeException cannot = failed.getCause() instanceof StartException expected ? expected : failed;
                first = first == null ? cannot : first;
            }
        }
        if (first != null) {
            throw first;
        }
        Map<RegionId, DynamoHandler> handlers = new LinkedHashMap<>();
        nodes.forEach(node -> handlers.put(node.region(), node.handler()));
        try {
            BrowserAccess access = new BrowserAccess(options.host(), options.names(), options.crossOrigin());
            frontDoor = HttpServers.frontDoor(
                    vertx, options.host(), options.portBase(), access, options.frontDoor(handlers), pages());
        } catch (UncheckedIOException taken) {
            throw new StartException("front door: " + taken.getMessage(), taken);
        }
    }

    private Pages pages() {
        Pages pages = new Pages()
                .with("regions", () -> Pages.Page.json(200, RegionAddress.json(regions())))
                .action("verify", query -> verify(query.require("table")), "table");
        nodes.forEach(node -> pages.mount("regions/" + node.region(), node.pages()));
        new ConsoleEvents(nodes.stream().map(RegionNode::feed).toList(), true).addTo(pages);
        return pages;
    }

    /** As {@code meridian verify} does it. */
    private Pages.Page verify(String table) {
        TreeMap<String, String> endpoints = new TreeMap<>();
        regions().forEach(each -> endpoints.put(each.region().value(), each.endpoint()));
        try {
            Verification.Result result = new Verification(NodeClient.of(endpoints), table, VERIFY_PATIENCE).run();
            return Pages.Page.json(200, result.json(table).toString());
        } catch (CommandFailedException cannot) {
            throw new Pages.PageRefusedException(String.valueOf(cannot.getMessage()));
        }
    }

    private static <T> CompletableFuture<T> inThread(String name, java.util.function.Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (RuntimeException | Error failed) {
                        result.completeExceptionally(failed);
                    }
                },
                name);
        thread.start();
        return result;
    }

    /** In the order of the options. */
    public List<RegionAddress> regions() {
        return nodes.stream().map(RegionNode::address).toList();
    }

    /** For drills: a region, as it runs. */
    public RegionNode node(RegionId region) {
        return nodes.stream()
                .filter(node -> node.region().equals(region))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no region " + region));
    }

    public int frontDoorPort() {
        return java.util.Objects.requireNonNull(frontDoor).port();
    }

    @Override
    public void close() {
        if (frontDoor != null) {
            frontDoor.close();
        }
        List<CompletableFuture<Boolean>> stopping = new ArrayList<>();
        for (RegionNode node : List.copyOf(nodes)) {
            stopping.add(inThread("stop-" + node.region(), () -> {
                node.close();
                return true;
            }));
        }
        stopping.forEach(CompletableFuture::join);
        // Whoever keeps a closed cluster does not keep the stores and brokers that it had.
        nodes.clear();
        frontDoor = null;
        vertx.close().toCompletionStage().toCompletableFuture().join();
        if (options.ephemeral()) {
            deleteData();
        }
    }

    private void deleteData() {
        try (Stream<Path> all = Files.walk(options.data())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException left) {
            LOG.warn("{} is not wholly deleted: {}", options.data(), left.getMessage());
        }
    }
}
