package dev.meridian.simulator;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A region in two containers, its node and its Kafka. Both can be reached from this machine at fixed ports; to each other
 * only the network {@code home} leads, and to another region one network for each direction.
 */
final class ContainerRegion implements AutoCloseable {
    private static final int HTTP = 8000;
    private static final int OUTSIDE = 19092;
    private static final int STOP_SECONDS = 30;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    final String name;
    final int port;
    final int kafkaPort;
    final Network home = inner();
    final Joining kafka;
    Joining node;
    private final Network door = Network.newNetwork();
    private final Path config;
    private final String volume = "meridian-test-" + UUID.randomUUID();

    /** A container that is joined to further networks before it starts. */
    static final class Joining extends GenericContainer<Joining> {
        private final List<Network> networks = new ArrayList<>();
        private final String alias;

        Joining(String image, String alias) {
            super(DockerImageName.parse(image));
            this.alias = alias;
        }

        void joins(Network network) {
            networks.add(network);
        }

        @Override
        protected void containerIsCreated(String id) {
            networks.forEach(this::connect);
        }

        void connect(Network network) {
            docker().connectToNetworkCmd()
                    .withContainerId(getContainerId())
                    .withNetworkId(network.getId())
                    .withContainerNetwork(new ContainerNetwork().withAliases(alias))
                    .exec();
        }

        void disconnect(Network network) {
            docker().disconnectFromNetworkCmd()
                    .withContainerId(getContainerId())
                    .withNetworkId(network.getId())
                    .withForce(true)
                    .exec();
        }

        /** SIGKILL, and the same container once more: its volume and its ports stay. */
        void killAndStart() {
            docker().killContainerCmd(getContainerId()).exec();
            docker().waitContainerCmd(getContainerId()).start().awaitStatusCode();
            docker().startContainerCmd(getContainerId()).exec();
        }
    }

    /** Of the image of the release before. @param folder for the node's config */
    ContainerRegion(ContainerImages images, Path folder, String name, int port, int kafkaPort, List<String> peers)
            throws IOException {
        docker().createVolumeCmd().withName(volume).exec();
        this.name = name;
        this.port = port;
        this.kafkaPort = kafkaPort;
        this.config = Files.writeString(folder.resolve(name + ".yaml"), config(name, peers));
        this.kafka = new Joining(images.kafka(), "kafka-" + name)
                .withNetwork(door)
                .withEnv(broker(name, kafkaPort))
                .withExposedPorts(OUTSIDE)
                .withCreateContainerCmdModifier(command -> publish(command.getHostConfig(), kafkaPort, OUTSIDE))
                .waitingFor(Wait.forListeningPort())
                .withStartupTimeout(PATIENCE);
        this.node = node(images.previous());
        kafka.joins(home);
        node.joins(home);
    }

    private Joining node(String image) {
        return new Joining(image, "node-" + name)
                .withNetwork(door)
                .withExposedPorts(HTTP)
                .withCreateContainerCmdModifier(command -> {
                    HostConfig host = command.getHostConfig();
                    publish(host, port, HTTP);
                    // The library would ask a registry's image whether files can be mounted.
                    host.withBinds(
                                    new Bind(config.toString(), new Volume("/etc/meridian/region.yaml"), AccessMode.ro),
                                    new Bind(volume, new Volume("/var/lib/meridian")))
                            .withReadonlyRootfs(true)
                            .withCapDrop(Capability.ALL);
                })
                .waitingFor(Wait.forHttp("/-/ready").forPort(HTTP))
                .withStartupTimeout(PATIENCE);
    }

    static Network inner() {
        return Network.builder()
                .createNetworkCmdModifier(command -> command.withInternal(true))
                .build();
    }

    private static DockerClient docker() {
        return DockerClientFactory.lazyClient();
    }

    private static void publish(HostConfig host, int at, int inside) {
        host.withPortBindings(PortBinding.parse("127.0.0.1:" + at + ":" + inside));
    }

    private static Map<String, String> broker(String region, int outsidePort) {
        Map<String, String> settings = new TreeMap<>(ContainerFilesTest.brokerSettings(region));
        settings.put("KAFKA_LISTENERS", settings.get("KAFKA_LISTENERS") + ",OUTSIDE://:" + OUTSIDE);
        settings.put(
                "KAFKA_ADVERTISED_LISTENERS",
                settings.get("KAFKA_ADVERTISED_LISTENERS") + ",OUTSIDE://127.0.0.1:" + outsidePort);
        settings.put(
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                settings.get("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP") + ",OUTSIDE:PLAINTEXT");
        return settings;
    }

    private static String config(String region, List<String> peers) {
        StringBuilder yaml = new StringBuilder("""
                region: %1$s
                data: /var/lib/meridian
                http: {host: 0.0.0.0, port: 8000}
                kafka: {bootstrap: "kafka-%1$s:9092"}
                partitions: 2
                peers:
                """.formatted(region));
        peers.forEach(peer -> yaml.append("  - {region: %1$s, bootstrap: \"kafka-%1$s:9092\"}\n".formatted(peer)));
        return yaml.toString();
    }

    void start() {
        kafka.start();
        node.start();
    }

    /**
     * Stops the node with SIGTERM and starts another image on its volume; that serves when this returns.
     *
     * @return the exit code of what was stopped
     */
    int upgrade(String image) {
        Joining old = node;
        docker().stopContainerCmd(old.getContainerId())
                .withTimeout(STOP_SECONDS)
                .exec();
        int code = docker().waitContainerCmd(old.getContainerId()).start().awaitStatusCode();
        old.stop();
        node = node(image);
        old.networks.forEach(node::joins);
        node.start();
        return code;
    }

    @Override
    public void close() {
        node.stop();
        docker().removeVolumeCmd(volume).exec();
        kafka.stop();
        home.close();
        door.close();
    }
}
