package dev.meridian.node.config;

import dev.meridian.model.RegionId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How one region runs.
 *
 * @param data the folder of the store and of the embedded broker; made if it is not there
 * @param peers the other regions, whose changes are read from their Kafka
 * @param partitions of a new table's change rows and topics
 * @param throttling whether provisioned tables are held to what they are provisioned with
 * @param evictAfter how long another region may be silent before its replicas are evicted, so that the others need not
 *     keep what they deleted; zero, the default, for ever
 * @param drill null but for drills
 */
public record RegionConfig(
        RegionId region,
        Path data,
        HttpConfig http,
        KafkaConfig kafka,
        List<PeerConfig> peers,
        int partitions,
        boolean throttling,
        Duration evictAfter,
        @Nullable DrillConfig drill) {
    public static final int PARTITIONS_DEFAULT = 4;

    /** Each partition is a set of open files in the broker and a fetch position in every peer. */
    public static final int PARTITIONS_MAX = 256;

    /** A replica that restarts, or whose link flaps, is not to load everything anew. */
    public static final Duration EVICT_AFTER_MIN = Duration.ofSeconds(10);

    public RegionConfig {
        peers = List.copyOf(peers);
        if (partitions < 1 || partitions > PARTITIONS_MAX) {
            throw new ConfigException("partitions must be between 1 and " + PARTITIONS_MAX + ", not " + partitions);
        }
        checkEvictAfter("evictAfter", evictAfter);
        Set<RegionId> seen = new HashSet<>();
        seen.add(region);
        for (PeerConfig peer : peers) {
            if (!seen.add(peer.region())) {
                throw new ConfigException("peers: region " + peer.region() + " is named twice");
            }
        }
    }

    /** @throws ConfigException if {@code evictAfter} is neither zero nor long enough */
    public static void checkEvictAfter(String field, Duration evictAfter) {
        if (!evictAfter.isZero() && evictAfter.compareTo(EVICT_AFTER_MIN) < 0) {
            throw new ConfigException(field + " must be at least " + EVICT_AFTER_MIN.toSeconds() + "s, or 0 for never");
        }
    }
}
