package dev.meridian.node.config;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The Kafka that a region publishes to. */
public sealed interface KafkaConfig {
    /**
     * A broker inside the node's process, with its log below the data folder.
     *
     * @param listeners for clients that reach it at another address than its own
     */
    record Embedded(String host, int port, List<Listener> listeners) implements KafkaConfig {
        public static final int PORT_DEFAULT = 9092;

        public Embedded {
            HttpConfig.checkPort("kafka.embedded.port", port);
            listeners = List.copyOf(listeners);
            Set<String> names = new HashSet<>();
            for (Listener listener : listeners) {
                if (!names.add(listener.name())) {
                    throw new ConfigException("kafka.embedded.listeners: " + listener.name() + " is there twice");
                }
            }
        }

        public Embedded(String host, int port) {
            this(host, port, List.of());
        }
    }

    /**
     * A further port of the embedded broker.
     *
     * @param advertised {@code host:port} that clients who came in at {@code port} go on with
     */
    record Listener(String name, int port, String advertised) {
        private static final Set<String> TAKEN = Set.of("BROKER", "CONTROLLER");

        public Listener {
            if (!name.matches("[A-Z][A-Z0-9_]{0,99}") || TAKEN.contains(name)) {
                throw new ConfigException("kafka.embedded.listeners: '" + name
                        + "' is no name: capital letters, digits and _, and not BROKER or CONTROLLER");
            }
            HttpConfig.checkPort("kafka.embedded.listeners: " + name + ": port", port);
            checkBootstrap("kafka.embedded.listeners: " + name + ": advertised", advertised);
            if (advertised.contains(",")) {
                throw new ConfigException("kafka.embedded.listeners: " + name + ": advertised is one host:port");
            }
            HttpConfig.checkPort("kafka.embedded.listeners: " + name + ": advertised", port(advertised));
        }

        public String advertisedHost() {
            return advertised.substring(0, advertised.lastIndexOf(':')).strip();
        }

        public int advertisedPort() {
            return port(advertised);
        }

        private static int port(String address) {
            return Integer.parseInt(
                    address.substring(address.lastIndexOf(':') + 1).strip());
        }
    }

    /**
     * A cluster that runs by itself.
     *
     * @param properties go to every Kafka client as they are: security, timeouts
     */
    record Outside(String bootstrap, SortedMap<String, String> properties) implements KafkaConfig {
        public Outside {
            checkBootstrap("kafka.bootstrap", bootstrap);
            properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
        }

        public Outside(String bootstrap, Map<String, String> properties) {
            this(bootstrap, new TreeMap<>(properties));
        }
    }

    static void checkBootstrap(String field, String bootstrap) {
        for (String address : bootstrap.split(",", -1)) {
            if (!address.strip().matches("(\\[[0-9a-fA-F:]+]|[^\\s:]+):\\d{1,5}")) {
                throw new ConfigException(field + ": '" + address.strip() + "' is not of the form host:port");
            }
        }
    }
}
