package dev.meridian.node.config;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The Kafka that a region publishes to. */
public sealed interface KafkaConfig {
    /** A broker inside the node's process, with its log below the data folder. */
    record Embedded(String host, int port) implements KafkaConfig {
        public static final int PORT_DEFAULT = 9092;

        public Embedded {
            HttpConfig.checkPort("kafka.embedded.port", port);
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
