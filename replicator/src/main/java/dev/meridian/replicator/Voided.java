package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.streams.SequenceNumber;

/**
 * Changes of a region that nobody is to apply: it made them by a clock that had run away, and has made them again by a clock
 * that was set right.
 *
 * @param above of versions above this clock
 * @param through of versions up to this clock
 * @param last up to this change of the region's store, in whichever log it is: what comes behind it is new, also when the
 *     time of those versions has come
 */
public record Voided(HybridTimestamp above, HybridTimestamp through, SequenceNumber last) {
    boolean covers(SequenceNumber sequence, HybridTimestamp time) {
        return time.isAfter(above) && time.compareTo(through) <= 0 && sequence.compareTo(last) <= 0;
    }
}
