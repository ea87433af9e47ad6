package dev.meridian.streams.embedded;

import dev.meridian.streams.OrderedBus;
import java.util.Properties;

/** How the embedded broker is set: one node for one region on one machine. */
final class BrokerProperties {
    /** A broker that was killed keeps its place in the controller this long, and its successor waits for that. */
    private static final int SESSION_TIMEOUT_MILLIS = 2_000;

    /** A region takes some thirty, a consumer three for each region. */
    private static final int CONNECTIONS_OF_ADDRESS_MAX = 1_000;

    private static final int IDLE_MILLIS = 60_000;

    private BrokerProperties() {}

    static Properties of(
            EmbeddedBroker.Config config,
            int nodeId,
            String brokerListener,
            int port,
            String controllerListener,
            int controllerPort) {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", String.valueOf(nodeId));
        String advertised = brokerListener + "://" + config.host() + ":" + port;
        StringBuilder listeners = new StringBuilder(advertised);
        StringBuilder told = new StringBuilder(advertised);
        StringBuilder protocols = new StringBuilder(brokerListener + ":PLAINTEXT," + controllerListener + ":PLAINTEXT");
        for (EmbeddedBroker.Listener more : config.listeners()) {
            listeners.append(',').append(more.name() + "://" + config.host() + ":" + more.port());
            told.append(',').append(more.name() + "://" + more.advertisedHost() + ":" + more.advertisedPort());
            protocols.append(',').append(more.name()).append(":PLAINTEXT");
        }
        p.put("listeners", listeners + "," + controllerListener + "://127.0.0.1:" + controllerPort);
        p.put("advertised.listeners", told.toString());
        p.put("listener.security.protocol.map", protocols.toString());
        p.put("inter.broker.listener.name", brokerListener);
        p.put("controller.listener.names", controllerListener);
        // Nobody reads the broker's own metrics here, and several brokers in a process would claim the same names.
        p.put("metric.reporters", "");
        p.put("controller.quorum.voters", nodeId + "@127.0.0.1:" + controllerPort);
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
        // Limits, not buffers: memory is taken by what a record really holds, and while it is under way.
        p.put("message.max.bytes", String.valueOf(OrderedBus.RECORD_BYTES_MAX));
        p.put("replica.fetch.max.bytes", String.valueOf(OrderedBus.RECORD_BYTES_MAX));
        // Of all connections together: what strangers announce takes no more of the heap than this, and one frame.
        p.put("socket.request.max.bytes", String.valueOf(EmbeddedBroker.FRAME_BYTES_MAX));
        p.put("queued.max.request.bytes", String.valueOf(EmbeddedBroker.FRAME_BYTES_MAX));
        p.put("max.connections.per.ip", String.valueOf(CONNECTIONS_OF_ADDRESS_MAX));
        // A frame that is announced and does not come must not keep others waiting for long.
        p.put("connections.max.idle.ms", String.valueOf(IDLE_MILLIS));
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
        // A transaction that begins while the markers of the one before are being written is tried again this soon.
        p.put("add.partitions.to.txn.retry.backoff.ms", "1");
        return p;
    }
}
