package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.simulator.link.LinkProxy;
import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.scenario.Link;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.workload.Load;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The regions of a scenario, each a process with its Kafka inside, and what lies between them: one proxy for each directed
 * pair of regions, at which the broker in the one is found by the replicator in the other, and one for the clients of a
 * region that go to another.
 */
public final class DrillCluster implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Scenario scenario;
    private final Path folder;
    private final SortedMap<RegionId, RegionProcess> processes = new TreeMap<>();
    private final SortedMap<RegionId, Integer> kafkaPorts = new TreeMap<>();
    private final SortedMap<RegionPair, LinkProxy> links = new TreeMap<>();
    private final SortedMap<RegionPair, LinkProxy> clientLinks = new TreeMap<>();
    private final SortedMap<RegionPair, Integer> listenerPorts = new TreeMap<>();
    private final SortedMap<RegionId, RegionFolder> folders = new ConcurrentSkipListMap<>();
    private final SortedMap<RegionId, Long> clockOffsets = new ConcurrentSkipListMap<>();

    /** @param folder empty; regions keep their data below it */
    public DrillCluster(Scenario scenario, Path folder, Vertx vertx, long seed) throws IOException {
        this.scenario = scenario;
        this.folder = folder;
        List<RegionId> regions = scenario.regions();
        int port = Ports.free(regions.size() * (regions.size() + 1));
        for (RegionId region : regions) {
            processes.put(region, new RegionProcess(region, folder, port++));
            kafkaPorts.put(region, port++);
        }
        for (RegionId from : regions) {
            for (RegionId to : regions) {
                if (!from.equals(to)) {
                    RegionPair pair = new RegionPair(from, to);
                    listenerPorts.put(pair, port);
                    Link link = link(pair);
                    links.put(pair, new LinkProxy(vertx, 0, port++, link, Load.random(seed, "link " + pair)));
                    int http = process(to).port();
                    clientLinks.put(pair, new LinkProxy(vertx, 0, http, link, Load.random(seed, "clients " + pair)));
                }
            }
        }
    }

    /** What lies between two regions when nothing is wrong. */
    Link link(RegionPair pair) {
        Link link = scenario.links().get(pair);
        if (link == null) {
            throw new IllegalArgumentException("no link " + pair);
        }
        return link;
    }

    /** Starts all regions at once; they serve when it returns. */
    public void start() throws IOException {
        List<CompletableFuture<Void>> starting = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(processes.size());
        try {
            for (RegionId region : processes.keySet()) {
                starting.add(CompletableFuture.runAsync(() -> start(region), threads));
            }
            starting.forEach(CompletableFuture::join);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof DrillFailedException expected) {
                throw expected;
            }
            throw failed;
        } finally {
            threads.shutdown();
        }
    }

    /** Starts a region that does not run, with the clock that it has by now. */
    public void start(RegionId region) {
        try {
            process(region).configure(config(region));
            process(region).start();
        } catch (IOException failed) {
            throw new DrillFailedException(region + " cannot be started: " + failed.getMessage(), failed);
        }
    }

    private String config(RegionId region) {
        StringBuilder yaml = new StringBuilder();
        yaml.append("region: ").append(region).append('\n');
        yaml.append("data: ").append(folder.resolve(region.value())).append('\n');
        yaml.append("http: {port: ").append(process(region).port()).append("}\n");
        yaml.append("partitions: ").append(scenario.partitions()).append('\n');
        yaml.append("throttling: false\n");
        if (!scenario.evictAfter().isZero()) {
            yaml.append("evictAfter: ")
                    .append(scenario.evictAfter().toSeconds())
                    .append("s\n");
        }
        yaml.append("drill: {clockOffsetMillis: ")
                .append(clockOffsetMillis(region))
                .append("}\n");
        yaml.append("kafka:\n  embedded:\n    port: ").append(kafkaPorts.get(region));
        StringBuilder listeners = new StringBuilder();
        StringBuilder peers = new StringBuilder();
        for (RegionId other : scenario.regions()) {
            if (!other.equals(region)) {
                RegionPair out = new RegionPair(region, other);
                listeners.append("\n      - {name: TO_%s, port: %d, advertised: \"%s:%d\"}"
                        .formatted(
                                other.value().toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_"),
                                listenerPorts.get(out),
                                LOOPBACK,
                                proxy(out).port()));
                peers.append("\n  - {region: %s, bootstrap: \"%s:%d\"}"
                        .formatted(other, LOOPBACK, proxy(out.reversed()).port()));
            }
        }
        if (peers.length() > 0) {
            yaml.append("\n    listeners:").append(listeners);
            yaml.append("\npeers:").append(peers);
        }
        return yaml.append('\n').toString();
    }

    RegionProcess process(RegionId region) {
        RegionProcess process = processes.get(region);
        if (process == null) {
            throw new IllegalArgumentException("no region " + region);
        }
        return process;
    }

    LinkProxy proxy(RegionPair pair) {
        LinkProxy proxy = links.get(pair);
        if (proxy == null) {
            throw new IllegalArgumentException("no link " + pair);
        }
        return proxy;
    }

    RegionFolder folder(RegionId region) {
        return folders.computeIfAbsent(region, id -> new RegionFolder(folder.resolve(id.value())));
    }

    List<RegionId> regions() {
        return scenario.regions();
    }

    /** Where the clients of one region reach another: at home directly, elsewhere over a link. */
    Endpoint endpoint(RegionId home, RegionId region) {
        LinkProxy link = home.equals(region) ? null : clientLinks.get(new RegionPair(home, region));
        return new Endpoint(
                region.value(), LOOPBACK, link == null ? process(region).port() : link.port(), false);
    }

    /** The broker of a region, for somebody inside it. */
    public String kafka(RegionId region) {
        return LOOPBACK + ":" + kafkaPorts.get(region);
    }

    /** The pages of all regions. */
    public NodeClient pages() {
        SortedMap<String, String> endpoints = new TreeMap<>();
        processes.forEach((region, process) -> endpoints.put(region.value(), process.endpoint()));
        return NodeClient.of(endpoints);
    }

    long clockOffsetMillis(RegionId region) {
        return clockOffsets.getOrDefault(region, 0L);
    }

    /** For now, and for when it is started again. */
    void setClockOffset(RegionId region, Duration offset) {
        clockOffsets.put(region, offset.toMillis());
        pages().post(region.value(), "drill/clock", Map.of("offsetMillis", String.valueOf(offset.toMillis())));
    }

    /** Kills what still runs. The folder is left. */
    @Override
    public void close() {
        for (RegionProcess process : processes.values()) {
            try {
                process.retire();
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
        }
        links.values().forEach(LinkProxy::close);
        clientLinks.values().forEach(LinkProxy::close);
    }
}
