package dev.meridian.simulator;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code meridian region} in a process of its own. */
final class RegionProcess implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path config;
    private final Path log;
    private final int port;
    private Process process;

    private List<String> flags = List.of();

    RegionProcess(Path folder, String region, int port, int kafkaPort, String peer, int peerKafkaPort)
            throws IOException {
        this(folder, region, port, "{embedded: {port: " + kafkaPort + "}}", peer, "127.0.0.1:" + peerKafkaPort);
    }

    /** @param kafka as the config has it */
    RegionProcess(Path folder, String region, int port, String kafka, String peer, String peerBootstrap)
            throws IOException {
        this.port = port;
        this.log = folder.resolve(region + ".log");
        this.config = folder.resolve(region + ".yaml");
        Files.writeString(config, """
                region: %s
                data: %s
                http: {port: %d}
                kafka: %s
                peers: [{region: %s, bootstrap: "%s"}]
                partitions: 2
                """.formatted(region, folder.resolve(region), port, kafka, peer, peerBootstrap));
    }

    /** Further options of its JVM. */
    RegionProcess with(String... options) {
        flags = List.of(options);
        return this;
    }

    void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-opens",
                "java.base/java.nio=ALL-UNNAMED",
                "--add-opens",
                "java.base/sun.nio.ch=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback.xml"));
        command.addAll(flags);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.meridian.node.cli.Meridian",
                "region",
                "--config",
                config.toString()));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
        Cluster.await("the region is ready; its log is " + log, this::isReady);
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new AssertionError("the region ended: " + read(log));
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/-/ready"))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException asked) {
            throw new AssertionError(asked);
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException none) {
            return none.toString();
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
