package dev.meridian.simulator.comparison;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import dev.meridian.simulator.load.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** {@code ./meridian up} on a folder of its own, which can be stopped and started again. */
final class MeridianProcess implements AutoCloseable {
    static final List<String> REGIONS = List.of("us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1", "eu-north-1");

    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final List<String> command;
    private final Map<String, String> environment;
    private final Path folder;
    private final Path log;
    private final List<Endpoint> endpoints;
    private final ServerJvm jvm;
    private final NodeClient pages;
    private ServerProcess running;

    /**
     * One that does not run yet.
     *
     * @param data for its data; the log lies beside it
     * @param regions how many
     * @param options of its JVM
     * @param watched whether {@link #heapLive} is to be told, which takes some memory itself
     */
    MeridianProcess(Path launcher, Path data, int regions, String options, boolean watched) throws IOException {
        this.folder = data;
        this.log = data.resolveSibling(data.getFileName() + ".log");
        int first = Ports.free(2 * regions + 2);
        int brokers = first + 1 + regions;
        List<String> names = REGIONS.subList(0, regions);
        this.endpoints = IntStream.range(0, regions)
                .mapToObj(each -> new Endpoint(names.get(each), "127.0.0.1", first + 1 + each, false))
                .toList();
        this.jvm = new ServerJvm(brokers + regions);
        TreeMap<String, String> byRegion = new TreeMap<>();
        endpoints.forEach(each -> byRegion.put(each.region(), each.toString()));
        this.pages = NodeClient.of(byRegion);
        this.environment = Map.of("MERIDIAN_OPTS", watched ? options + " " + jvm.options() : options);
        this.command = ServerProcess.up(launcher, names, first, brokers, data);
    }

    /** @return how long it took until all regions were ready */
    Duration start() throws IOException {
        long begin = System.nanoTime();
        running = new ServerProcess(
                command,
                environment,
                log,
                () -> endpoints.stream().allMatch(each -> RegionProcess.isReady(each.toString())));
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** SIGTERM, and waits for its end. */
    void stop() {
        running.close();
    }

    /** Of the first region. */
    Endpoint endpoint() {
        return endpoints.get(0);
    }

    Duration cpu() {
        return running.cpu();
    }

    ServerProcess.Memory memory() throws IOException {
        return running.memory();
    }

    long heapLive() throws IOException {
        return jvm.heapLive();
    }

    /** The files of the stores. */
    long storeBytes() throws IOException {
        return Folders.bytes(folder, "data.mdb");
    }

    /** The segments of the brokers' topics. */
    long kafkaBytes() throws IOException {
        return Folders.bytes(folder, ".log");
    }

    /**
     * Changes on their way.
     *
     * @param unpublished committed in some region and not in its Kafka yet, each for each topic that it goes to
     * @param unapplied in the Kafka of a region and not applied in another, each for each of these
     */
    record Backlog(long unpublished, long unapplied) {
        long all() {
            return unpublished + unapplied;
        }
    }

    Backlog backlog() {
        long unpublished = 0;
        long unapplied = 0;
        for (Endpoint each : endpoints) {
            JsonNode said = pages.get(each.region(), "replication", Map.of());
            for (JsonNode publisher : said.path("publishers")) {
                unpublished += publisher.path("backlog").asLong();
            }
            for (JsonNode remote : said.path("remote")) {
                // What is not known is not settled.
                unapplied += remote.path("pending").asLong(1);
            }
        }
        return new Backlog(unpublished, unapplied);
    }

    /**
     * Waits until all changes are published and applied everywhere.
     *
     * @return how long it took
     * @throws IllegalStateException if that takes longer than {@code most}
     */
    Duration settle(Duration most) {
        long begin = System.nanoTime();
        for (Backlog left = backlog(); left.all() > 0; left = backlog()) {
            if (System.nanoTime() - begin > most.toNanos()) {
                throw new IllegalStateException("after " + TimeUnit.NANOSECONDS.toSeconds(most.toNanos()) + " s, "
                        + left.unpublished() + " changes are not published and " + left.unapplied()
                        + " not applied; see " + log);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Override
    public void close() {
        if (running != null) {
            running.close();
        }
    }
}
