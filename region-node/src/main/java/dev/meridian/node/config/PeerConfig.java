package dev.meridian.node.config;

import dev.meridian.model.RegionId;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Another region, as seen from this one.
 *
 * @param bootstrap its Kafka
 * @param properties go to the clients that read from it as they are
 * @param http the URL of its pages; null if it is to be what the region says itself
 */
public record PeerConfig(
        RegionId region,
        String bootstrap,
        SortedMap<String, String> properties,
        @Nullable String http) {
    public PeerConfig {
        KafkaConfig.checkBootstrap("peers: " + region + ": bootstrap", bootstrap);
        properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
        http = http == null ? null : NodeUrl.configured("peers: " + region + ": http", http);
    }

    public PeerConfig(RegionId region, String bootstrap, Map<String, String> properties) {
        this(region, bootstrap, new TreeMap<>(properties), null);
    }
}
