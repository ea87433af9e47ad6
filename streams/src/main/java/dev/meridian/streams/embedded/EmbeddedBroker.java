package dev.meridian.streams.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One real KRaft node, broker and controller in one, inside this process. Its log outlives it: a later one on the same
 * folder goes on with it.
 *
 * <p>Kafka acknowledges a record when it is in the page cache. A killed process loses nothing; a machine that loses power
 * may lose the last records, and the publisher then publishes them again from the store, which keeps rows a while.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /**
     * The largest record: two images of 400 KB as JSON, where a control character takes six bytes, with their keys and
     * headers, are less than 5 MB.
     */
    public static final int MAX_MESSAGE_BYTES = 8 << 20;

    private static final int NODE_ID = 1;

    /** A broker that was killed keeps its place in the controller this long, and its successor waits for that. */
    private static final int SESSION_TIMEOUT_MILLIS = 2_000;

    private final Config config;
    private final int port;
    private final KafkaRaftServer server;

    /**
     * How a broker runs.
     *
     * @param name goes into the cluster's id
     * @param data its folder, made if it is not there
     * @param host address that it binds to and advertises
     * @param port 0 for any free one
     */
    public record Config(String name, Path data, String host, int port) {}

    /** Starts a broker; it serves when the constructor returns. */
    public EmbeddedBroker(Config config) {
        this.config = config;
        this.port = config.port() == 0 ? freePort() : requireFree(config.host(), config.port());
        Properties properties = properties(freePort());
        format();
        server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
        try {
            server.startup();
        } catch (RuntimeException failed) {
            server.shutdown();
            throw failed;
        }
    }

    public String bootstrap() {
        return config.host() + ":" + port;
    }

    public int port() {
        return port;
    }

    private static int requireFree(String host, int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
            return port;
        } catch (IOException taken) {
            throw new UncheckedIOException("Kafka port " + host + ":" + port + " is not free", taken);
        }
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException("no free port", none);
        }
    }

    private String clusterId() {
        UUID id = UUID.nameUUIDFromBytes(("meridian." + config.name()).getBytes(StandardCharsets.UTF_8));
        ByteBuffer bits = ByteBuffer.allocate(Long.BYTES * 2)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .flip();
        return new Uuid(bits.getLong(), bits.getLong()).toString();
    }

    private void format() {
        try {
            Files.createDirectories(config.data());
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .setNodeId(NODE_ID)
                    .setClusterId(clusterId())
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(config.data().toString())
                    .setDirectories(List.of(config.data().toString()))
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot prepare " + config.data(), failed);
        } catch (Exception failed) {
            throw new IllegalStateException("cannot prepare " + config.data() + ": " + failed.getMessage(), failed);
        }
    }

    private Properties properties(int controllerPort) {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", String.valueOf(NODE_ID));
        p.put("listeners", "BROKER://" + bootstrap() + ",CONTROLLER://127.0.0.1:" + controllerPort);
        p.put("advertised.listeners", "BROKER://" + bootstrap());
        p.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.put("inter.broker.listener.name", "BROKER");
        p.put("controller.listener.names", "CONTROLLER");
        p.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        p.put("log.dirs", config.data().toString());
        p.put("auto.create.topics.enable", "false");
        p.put("offsets.topic.num.partitions", "1");
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.num.partitions", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("message.max.bytes", String.valueOf(MAX_MESSAGE_BYTES));
        p.put("replica.fetch.max.bytes", String.valueOf(MAX_MESSAGE_BYTES));
        // A clean stop lets the next start begin at once; a killed broker's session must lapse first.
        p.put("controlled.shutdown.enable", "true");
        p.put("broker.session.timeout.ms", String.valueOf(SESSION_TIMEOUT_MILLIS));
        p.put("broker.heartbeat.interval.ms", "500");
        // One node for one region on one machine: few threads, small buffers, small index files.
        p.put("num.network.threads", "1");
        p.put("num.io.threads", "2");
        p.put("num.replica.fetchers", "1");
        p.put("num.recovery.threads.per.data.dir", "1");
        p.put("background.threads", "2");
        p.put("log.cleaner.threads", "1");
        p.put("log.cleaner.dedupe.buffer.size", String.valueOf(2 << 20));
        p.put("log.cleaner.io.buffer.size", String.valueOf(128 << 10));
        p.put("log.index.size.max.bytes", String.valueOf(1 << 20));
        p.put("log.segment.bytes", String.valueOf(64 << 20));
        p.put("metadata.log.segment.bytes", String.valueOf(16 << 20));
        p.put("queued.max.requests", "64");
        return p;
    }

    /** Hands over cleanly, so that the next start need not repair the log. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }
}
