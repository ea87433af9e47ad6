package dev.meridian.node.config;

import dev.meridian.model.RegionId;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How one region runs.
 *
 * @param data the folder of the store and of the embedded broker; made if it is not there
 * @param peers the other regions, whose changes are read from their Kafka
 * @param partitions of a new table's change rows and topics
 * @param throttling whether provisioned tables are held to what they are provisioned with
 */
public record RegionConfig(
        RegionId region,
        Path data,
        HttpConfig http,
        KafkaConfig kafka,
        List<PeerConfig> peers,
        int partitions,
        boolean throttling) {
    public static final int PARTITIONS_DEFAULT = 4;

    /** Each partition is a set of open files in the broker and a fetch position in every peer. */
    public static final int PARTITIONS_MAX = 256;

    public RegionConfig {
        peers = List.copyOf(peers);
        if (partitions < 1 || partitions > PARTITIONS_MAX) {
            throw new ConfigException("partitions must be between 1 and " + PARTITIONS_MAX + ", not " + partitions);
        }
        Set<RegionId> seen = new HashSet<>();
        seen.add(region);
        for (PeerConfig peer : peers) {
            if (!seen.add(peer.region())) {
                throw new ConfigException("peers: region " + peer.region() + " is named twice");
            }
        }
    }
}
