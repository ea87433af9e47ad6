package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.node.cli.client.Verification;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** Processes that are told to end by SIGTERM while clients are busy, as each upgrade does it. */
class GracefulStopTest {
    private static final String TABLE = "stopped";

    /** As of any JVM that a SIGTERM ended. */
    private static final int TERMINATED = 143;

    private static final int WRITERS = 6;
    private static final int WRITES_BETWEEN_STOPS = 100;
    private static final int SERVICE_UNAVAILABLE = 503;

    /** Of clients, so that a region that starts gets its share of the machine. */
    private static final Duration PAUSE = Duration.ofMillis(150);

    /** A page of a scan is then an answer of hundreds of KB, which takes a while to send. */
    private static final String PAYLOAD = "x".repeat(2_000);

    @TempDir
    Path folder;

    private final AtomicBoolean done = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

    private void inBackground(Runnable work) {
        Thread thread = new Thread(work);
        threads.add(thread);
        thread.start();
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    private void endLoad() throws InterruptedException {
        done.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void put(DynamoDbClient client, String key) {
        client.putItem(request -> request.tableName(TABLE)
                .item(Map.of("pk", AttributeValue.fromS(key), "payload", AttributeValue.fromS(PAYLOAD))));
    }

    private static Set<String> keys(DynamoDbClient client) {
        Set<String> keys = new HashSet<>();
        client.scanPaginator(request -> request.tableName(TABLE).projectionExpression("pk")).items().stream()
                .forEach(item -> keys.add(item.get("pk").s()));
        return keys;
    }

    /** A process that does not end in time is killed, which its exit code tells. */
    private static void stop(RegionProcess region) throws InterruptedException {
        long begun = System.nanoTime();
        assertThat(region.stop()).as("it ended by itself").isEqualTo(TERMINATED);
        long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
        System.out.println("GracefulStopTest: " + region.region() + " ended after " + millis + " ms");
    }

    /** Waits until so many more writes are acknowledged: the load is in full swing then. */
    private void awaitWrites(int more) {
        int until = acknowledged.size() + more;
        Cluster.await(more + " more writes", () -> acknowledged.size() >= until);
    }

    /** One try of one request, and what came of it. */
    private final class Tries {
        final Set<String> refused = ConcurrentHashMap.newKeySet();
        final Set<String> unanswered = ConcurrentHashMap.newKeySet();
        final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
        final AtomicInteger pages = new AtomicInteger();

        void write(int port, String name) {
            try (DynamoDbClient client = Cluster.clientWithoutRetries(port, OneRegion.REGION)) {
                for (int i = 0; !done.get(); i++) {
                    String key = name + "-" + i;
                    attempt(
                            () -> {
                                put(client, key);
                                acknowledged.add(key);
                            },
                            key);
                }
            }
        }

        void scan(int port) {
            try (DynamoDbClient client = Cluster.clientWithoutRetries(port, OneRegion.REGION)) {
                while (!done.get()) {
                    attempt(
                            () -> {
                                client.scan(request -> request.tableName(TABLE));
                                pages.incrementAndGet();
                            },
                            "scan");
                }
            }
        }

        private void attempt(Runnable request, String name) {
            try {
                request.run();
                return;
            } catch (DynamoDbException answered) {
                refused.add(name);
                if (answered.statusCode() != SERVICE_UNAVAILABLE) {
                    broken.add(answered);
                }
            } catch (SdkClientException none) {
                unanswered.add(name);
                // What breaks off in the middle is told in other words.
                if (!String.valueOf(none.getMessage()).startsWith("Unable to execute HTTP request")) {
                    broken.add(none);
                }
            }
            pause();
        }
    }

    @Test
    void whatWasAcceptedIsAnsweredAndWhatWasAcknowledgedIsKept() throws Exception {
        int port = Ports.free(2);
        try (RegionProcess region = process(OneRegion.REGION, port, Map.of());
                DynamoDbClient client = Cluster.client(port, OneRegion.REGION)) {
            region.start();
            Cluster.createTable(client, TABLE);
            Tries tries = new Tries();
            for (int i = 0; i < WRITERS; i++) {
                String name = "w" + i;
                inBackground(() -> tries.write(port, name));
            }
            inBackground(() -> tries.scan(port));
            awaitWrites(WRITES_BETWEEN_STOPS);
            stop(region);
            region.start();
            awaitWrites(1);
            endLoad();

            System.out.println("GracefulStopTest: " + acknowledged.size() + " writes acknowledged, "
                    + tries.refused.size() + " refused, " + tries.unanswered.size() + " without an answer; "
                    + tries.pages + " pages");
            assertThat(tries.broken).as("answers that are none").isEmpty();
            assertThat(tries.pages).hasPositiveValue();
            // What got no answer was not accepted: it is not there either.
            assertThat(keys(client)).isEqualTo(acknowledged);
            StreamCommands.Outcome audit =
                    StreamCommands.run(port, "audit", "--table", TABLE, "--region", OneRegion.REGION);
            assertThat(audit.exit()).as(audit.toString()).isZero();
        } finally {
            endLoad();
        }
    }

    @Test
    void clientsThatFailOverSeeNothingOfARollingRestart() throws Exception {
        int ports = Ports.free(2 * Cluster.REGIONS.size());
        Map<String, Integer> http = new TreeMap<>();
        for (String region : Cluster.REGIONS) {
            http.put(region, ports + 2 * http.size());
        }
        List<RegionProcess> regions = new ArrayList<>();
        List<DynamoDbClient> clients = new ArrayList<>();
        Queue<Throwable> seen = new ConcurrentLinkedQueue<>();
        Set<Integer> left = ConcurrentHashMap.newKeySet();
        try {
            for (String region : Cluster.REGIONS) {
                Map<String, Integer> peers = new TreeMap<>(http);
                regions.add(process(region, peers.remove(region), peers));
                clients.add(Cluster.clientWithoutRetries(http.get(region), region));
            }
            startAll(regions);
            Cluster.createTable(clients.get(0), TABLE);
            Cluster.addReplicas(clients.get(0), TABLE, Cluster.REGIONS.get(1), Cluster.REGIONS.get(2));

            for (int i = 0; i < clients.size(); i++) {
                int home = i;
                inBackground(() -> seeing(seen, () -> write(new FailingOver(clients, home, left), "home" + home)));
                inBackground(() -> seeing(seen, () -> read(new FailingOver(clients, home, left), "home" + home)));
            }
            for (RegionProcess region : regions) {
                awaitWrites(WRITES_BETWEEN_STOPS);
                stop(region);
                region.start();
            }
            awaitWrites(WRITES_BETWEEN_STOPS);
            endLoad();

            System.out.println(
                    "GracefulStopTest: " + acknowledged.size() + " writes acknowledged, failed over from " + left);
            assertThat(seen).as("errors that a client saw").isEmpty();
            assertThat(left).as("regions that were missed").hasSize(clients.size());
            TreeMap<String, String> endpoints = new TreeMap<>();
            regions.forEach(region -> endpoints.put(region.region().value(), region.endpoint()));
            Verification.Result verified =
                    new Verification(NodeClient.of(endpoints), TABLE, Duration.ofSeconds(60)).run();
            assertThat(verified.items()).hasSize(clients.size());
            assertThat(verified.differing()).isEmpty();
            assertThat(verified.undecided()).isZero();
            for (DynamoDbClient client : clients) {
                assertThat(keys(client)).isEqualTo(acknowledged);
            }
        } finally {
            endLoad();
            clients.forEach(DynamoDbClient::close);
            for (RegionProcess region : regions) {
                region.close();
            }
        }
    }

    private static void seeing(Queue<Throwable> seen, Runnable client) {
        try {
            client.run();
        } catch (Throwable error) {
            seen.add(error);
        }
    }

    private void write(FailingOver client, String name) {
        for (int i = 0; !done.get(); i++) {
            String key = name + "-" + i;
            client.call(region -> put(region, key));
            acknowledged.add(key);
            pause();
        }
    }

    private void read(FailingOver client, String name) {
        for (int i = 0; !done.get(); i++) {
            String key = name + "-" + i;
            client.call(region ->
                    region.getItem(request -> request.tableName(TABLE).key(Map.of("pk", AttributeValue.fromS(key)))));
            pause();
        }
    }

    private static void startAll(List<RegionProcess> regions) {
        regions.parallelStream().forEach(region -> {
            try {
                region.start();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    /**
     * @param port of its pages; its Kafka has the one behind it
     * @param peers ports of the pages of others
     */
    private RegionProcess process(String region, int port, Map<String, Integer> peers) throws Exception {
        RegionProcess process = new RegionProcess(new RegionId(region), folder, port).with(ReadyClasses.options());
        StringBuilder yaml = new StringBuilder("""
                region: %s
                data: %s
                http: {port: %d}
                kafka: {embedded: {port: %d}}
                partitions: 2
                """.formatted(region, folder.resolve(region), port, port + 1));
        if (!peers.isEmpty()) {
            yaml.append("peers:\n");
        }
        peers.forEach((peer, theirs) ->
                yaml.append("  - {region: %s, bootstrap: \"127.0.0.1:%d\"}\n".formatted(peer, theirs + 1)));
        process.configure(yaml.toString());
        return process;
    }
}
