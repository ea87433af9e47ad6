package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Changes of a region that nobody is to apply: it made them by a clock that had run away, and has made them again by a clock
 * that was set right.
 *
 * @param above of versions above this clock
 * @param through of versions up to this clock
 * @param ends by partition, before this offset of the region's replication topic
 */
public record Voided(HybridTimestamp above, HybridTimestamp through, SortedMap<Integer, Long> ends) {
    public Voided {
        ends = Collections.unmodifiableSortedMap(new TreeMap<>(ends));
    }

    boolean covers(int partition, long offset, HybridTimestamp time) {
        return time.isAfter(above) && time.compareTo(through) <= 0 && offset < ends.getOrDefault(partition, 0L);
    }
}
