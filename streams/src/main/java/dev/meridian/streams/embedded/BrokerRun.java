package dev.meridian.streams.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the broker and its controller, from start to stop or to the failure that ends it. */
final class BrokerRun {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerRun.class);

    /** A start takes 1 s to 5 s; the repair of large logs after a crash is the reason for more. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

    /** A clean stop takes under 3 s. What does not end is left to the end of the process. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    /** What has failed cannot hand over cleanly: no reason to wait for it long. */
    private static final Duration ABANDON_TIMEOUT = Duration.ofSeconds(5);

    private static final int NODE_ID = 1;
    private static final String BROKER = "BROKER";
    private static final String CONTROLLER = "CONTROLLER";
    private static final String LOOPBACK = "127.0.0.1";

    private final EmbeddedBroker.Config config;
    private final Consumer<Throwable> onFailure;
    private final BrokerThreads threads;
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final int port;
    private final BrokerServer broker;
    private final ControllerServer controller;
    private volatile boolean stopping;

    /**
     * Starts; the broker serves when the constructor returns.
     *
     * @param port 0 for any free one
     * @param onFailure told once if this run fails later, from a thread of the broker: it must only wake somebody
     * @throws UncheckedIOException if the port is taken or the folder cannot be written
     * @throws BrokerFailedException if the broker does not come up
     */
    BrokerRun(EmbeddedBroker.Config config, int port, Consumer<Throwable> onFailure) {
        this.config = config;
        this.onFailure = onFailure;
        threads = new BrokerThreads("kafka-" + config.name(), this::failed);
        format();
        try (BoundSockets sockets = new BoundSockets()) {
            this.port = sockets.bind(BROKER, config.host(), port);
            config.listeners().forEach(more -> sockets.bind(more.name(), config.host(), more.port()));
            int controllerPort = sockets.bind(CONTROLLER, LOOPBACK, 0);
            KafkaConfig kafka = KafkaConfig.fromProps(
                    BrokerProperties.of(config, NODE_ID, BROKER, this.port, CONTROLLER, controllerPort), false);
            var folders = KafkaRaftServer.initializeLogDirs(kafka, LOG, "");
            SharedServer shared = new SharedServer(
                    kafka,
                    folders._1(),
                    Time.SYSTEM,
                    new Metrics(),
                    CompletableFuture.completedFuture(Map.of(NODE_ID, new InetSocketAddress(LOOPBACK, controllerPort))),
                    List.of(),
                    (name, fatal, action) -> (message, cause) -> fault(name, fatal, action, message, cause),
                    sockets);
            broker = new BrokerServer(shared);
            controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), folders._2());
            start();
        }
    }

    int port() {
        return port;
    }

    private void start() {
        try {
            inGroup("start", START_TIMEOUT, done -> {
                failure.thenAccept(done::completeExceptionally);
                controller.startup();
                broker.startup();
            });
        } catch (RuntimeException failed) {
            abandon();
            throw failed;
        }
        failure.thenAccept(onFailure);
    }

    private RuntimeException fault(String name, boolean fatal, Runnable action, String message, Throwable cause) {
        BrokerFailedException fault = new BrokerFailedException(name + ": " + message, cause);
        if (fatal) {
            failed(fault);
        } else {
            LOG.error("Kafka of {}: {}", config.name(), message, cause);
        }
        action.run();
        return fault;
    }

    private void failed(Throwable why) {
        if (!stopping && failure.complete(why) && !EndOfProcess.hasBegun()) {
            LOG.error("Kafka of {} failed: {}", config.name(), why.getMessage(), why);
        }
    }

    /** Stops what is left of a run that failed. */
    void abandon() {
        stop(ABANDON_TIMEOUT);
    }

    /** Hands over cleanly, so that the next start need not repair the log. */
    void stop() {
        stop(STOP_TIMEOUT);
    }

    private void stop(Duration patience) {
        stopping = true;
        try {
            inGroup("stop", patience.multipliedBy(2), done -> {
                broker.shutdown(patience);
                controller.shutdown();
            });
        } catch (RuntimeException unclean) {
            LOG.warn("Kafka of {} did not stop cleanly; its next start repairs the log", config.name(), unclean);
        }
    }

    /** All of the broker's threads are made by this one, and so belong to its group. */
    private void inGroup(String what, Duration patience, Consumer<CompletableFuture<?>> work) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread thread = new Thread(
                threads,
                () -> {
                    try {
                        work.accept(done);
                        done.complete(true);
                    } catch (Throwable thrown) {
                        done.completeExceptionally(thrown);
                    }
                },
                threads.getName() + "-" + what);
        thread.setDaemon(true);
        thread.start();
        String message = "Kafka of " + config.name() + " in " + config.data() + ": " + what + " ";
        try {
            done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new BrokerFailedException(message + "failed: " + failed.getCause(), failed.getCause());
        } catch (TimeoutException slow) {
            throw new BrokerFailedException(message + "took more than " + patience.toSeconds() + " s", slow);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new BrokerFailedException(message + "was interrupted", asked);
        }
    }

    private void format() {
        try {
            Files.createDirectories(config.data());
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .setNodeId(NODE_ID)
                    .setClusterId(clusterId())
                    .setControllerListenerName(CONTROLLER)
                    .setMetadataLogDirectory(config.data().toString())
                    .setDirectories(List.of(config.data().toString()))
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot prepare " + config.data(), failed);
        } catch (Exception failed) {
            throw new BrokerFailedException("cannot prepare " + config.data() + ": " + failed.getMessage(), failed);
        }
    }

    /** The same for every run of a region, so that another region's folder is noticed. */
    private String clusterId() {
        UUID id = UUID.nameUUIDFromBytes(("meridian." + config.name()).getBytes(StandardCharsets.UTF_8));
        ByteBuffer bits = ByteBuffer.allocate(Long.BYTES * 2)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .flip();
        return new Uuid(bits.getLong(), bits.getLong()).toString();
    }
}
