package dev.meridian.simulator.comparison;

import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.load.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The servers that are compared, each in a process of its own, started when it is first asked for. */
final class Servers implements AutoCloseable {
    private static final List<String> REGIONS = MeridianProcess.REGIONS.subList(0, 3);

    /** A front door, three regions and their brokers. */
    private static final int PORTS_OF_ONE = 8;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path launcher;
    private final Path dynamoDbLocal;
    private final Path folder;
    private final Map<Integer, ServerProcess> running = new TreeMap<>();
    private int port;
    private Endpoint ceiling;
    private Endpoint meridian;
    private Endpoint replicated;
    private Endpoint local;
    private ServerJvm jvm;

    /**
     * @param launcher of Meridian
     * @param dynamoDbLocal folder of its jars
     * @param folder for data and logs
     */
    Servers(Path launcher, Path dynamoDbLocal, Path folder) throws IOException {
        this.launcher = launcher;
        this.dynamoDbLocal = dynamoDbLocal;
        this.folder = folder;
        Files.createDirectories(folder);
        port = Ports.free(4 * PORTS_OF_ONE);
    }

    private int ports() {
        int first = port;
        port += PORTS_OF_ONE;
        return first;
    }

    private static Endpoint at(int port) {
        return new Endpoint(REGIONS.get(0), "127.0.0.1", port, false);
    }

    /** @param at the port of what is measured */
    private void start(String name, List<String> command, Map<String, String> environment, int at) throws IOException {
        running.put(
                at,
                new ServerProcess(
                        command, environment, folder.resolve(name + ".log"), () -> ServerProcess.answers(at)));
    }

    /** What a server's process has taken of the processors since it began. */
    Duration cpu(Endpoint of) {
        return running.get(of.port()).cpu();
    }

    Endpoint ceiling() throws IOException {
        if (ceiling == null) {
            ceiling = at(ports());
            List<String> command = new ArrayList<>(List.of(ServerProcess.java(), "-Xmx512m", "-XX:+UseSerialGC"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), CeilingServer.class.getName()));
            command.add(String.valueOf(ceiling.port()));
            start("ceiling", command, Map.of(), ceiling.port());
        }
        return ceiling;
    }

    /** One region; its table has no replica. */
    Endpoint meridian() throws IOException {
        if (meridian == null) {
            int first = ports();
            jvm = new ServerJvm(first + PORTS_OF_ONE - 1);
            meridian = up("meridian", REGIONS.subList(0, 1), first, jvm.options());
            new Tables(meridian).make();
        }
        return meridian;
    }

    /** Three regions in one process; the table of items has replicas in all, and so a stream. */
    Endpoint replicated() throws IOException {
        if (replicated == null) {
            replicated = up("replicated", REGIONS, ports(), "");
            Tables tables = new Tables(replicated);
            tables.make();
            tables.replicate(REGIONS.subList(1, REGIONS.size()));
        }
        return replicated;
    }

    private Endpoint up(String name, List<String> regions, int first, String options) throws IOException {
        List<String> command = ServerProcess.up(launcher, regions, first, first + 4, folder.resolve(name));
        String given = System.getenv().getOrDefault("MERIDIAN_OPTS", "");
        // Not the front door: a region's own port.
        start(name, command, Map.of("MERIDIAN_OPTS", options + " " + given), first + 1);
        return at(first + 1);
    }

    /** In memory. */
    Endpoint local() throws IOException {
        if (local == null) {
            local = at(ports());
            List<String> command = List.of(
                    ServerProcess.java(),
                    "-Djava.library.path=" + dynamoDbLocal,
                    "-Dsqlite4java.library.path=" + dynamoDbLocal,
                    "-cp",
                    dynamoDbLocal + "/*",
                    "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
                    "-inMemory",
                    "-disableTelemetry",
                    "-port",
                    String.valueOf(local.port()));
            start("dynamodb-local", command, Map.of(), local.port());
            new Tables(local).make();
        }
        return local;
    }

    /** The JVM of {@link #meridian}. */
    ServerJvm jvm() {
        return jvm;
    }

    /** Operations and commits of the region so far. */
    long[] commits() throws IOException {
        try {
            String metrics = HTTP.send(
                            HttpRequest.newBuilder(URI.create(meridian() + "/-/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            return new long[] {
                metric(metrics, "meridian_writer_batch_operations_sum"),
                metric(metrics, "meridian_writer_batch_operations_count")
            };
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new IOException(asked);
        }
    }

    private static long metric(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public void close() {
        running.values().forEach(ServerProcess::close);
    }
}
