package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import org.jspecify.annotations.Nullable;

/**
 * Which items to visit, and in which order. Without a partition: the whole table or one segment of it, in the order of
 * the partition keys' hashes.
 *
 * @param partition only the items of this partition key, in sort-key order
 * @param lower lowest sort key, with a partition only; null for no bound
 * @param upper highest sort key, with a partition only; null for no bound
 * @param forward ascending; a scan without partition is always forward
 * @param exclusiveStart go on behind this key, in the direction of the range; it need not exist
 * @param segment from 0 to {@code totalSegments} - 1; a segment is an equal share of the hash space
 * @param passesDamaged whether damaged items are noted and passed over; else they end the visit by an exception
 */
public record ScanRange(
        @Nullable Bytes partition,
        @Nullable Bound lower,
        @Nullable Bound upper,
        boolean forward,
        @Nullable ItemKey exclusiveStart,
        int segment,
        int totalSegments,
        boolean passesDamaged) {
    /** One end of a range of sort keys. */
    public record Bound(Bytes sort, boolean inclusive) {}

    public static ScanRange table(@Nullable ItemKey exclusiveStart) {
        return segment(0, 1, exclusiveStart);
    }

    public static ScanRange segment(int segment, int totalSegments, @Nullable ItemKey exclusiveStart) {
        return new ScanRange(null, null, null, true, exclusiveStart, segment, totalSegments, false);
    }

    public static ScanRange partition(
            Bytes partition,
            @Nullable Bound lower,
            @Nullable Bound upper,
            boolean forward,
            @Nullable ItemKey exclusiveStart) {
        return new ScanRange(partition, lower, upper, forward, exclusiveStart, 0, 1, false);
    }

    /** The same, for work in the background that goes on although something is damaged. */
    public ScanRange passingDamaged() {
        return new ScanRange(partition, lower, upper, forward, exclusiveStart, segment, totalSegments, true);
    }

    /** The segment that a hash, read as unsigned, is in: segments share the space of hashes equally. */
    public static int segmentOf(long hash, int totalSegments) {
        // The upper half of the unsigned product; Math has it signed only.
        long high = Math.multiplyHigh(hash, totalSegments);
        return (int) (hash < 0 ? high + totalSegments : high);
    }
}
