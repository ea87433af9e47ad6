package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Up to which clock everything that one region originated is applied here: an entry of the applied vector.
 *
 * <p>Invariant: it never says too much. A heartbeat counts only when this region has taken in the sender's control topic
 * as far as the heartbeat says, and so follows all that it must, and has applied every partition it follows as far. While
 * a table is being loaded nothing is said, for the copy holds a part of what all regions originated.
 *
 * <p>Used by one thread; {@link #through} and {@link #lastHeartbeat} may be asked by any.
 */
final class AppliedMark {
    private static final int HEARTBEATS_KEPT = 64;

    private final ArrayDeque<Heartbeat> heartbeats = new ArrayDeque<>();
    private @Nullable Coverage coverage;
    private volatile HybridTimestamp through = HybridTimestamp.ZERO;
    private volatile @Nullable Heartbeat lastHeartbeat;

    private volatile @Nullable Heartbeat reached;

    private record Coverage(
            long controlNext,
            SortedMap<TopicPartition, Long> finalEnds,
            HybridTimestamp bar,
            HybridTimestamp settled) {}

    HybridTimestamp through() {
        return through;
    }

    @Nullable
    Heartbeat lastHeartbeat() {
        return lastHeartbeat;
    }

    /**
     * The last heartbeat that this region has caught up with: what the sender wrote later, it wrote with the knowledge of
     * all that it says it has applied.
     */
    @Nullable
    Heartbeat reached() {
        return reached;
    }

    /** A late replicator keeps the oldest heartbeats, which it reaches first, and the newest. */
    void heard(Heartbeat heartbeat) {
        lastHeartbeat = heartbeat;
        if (heartbeats.size() == HEARTBEATS_KEPT) {
            heartbeats.removeLast();
        }
        heartbeats.add(heartbeat);
    }

    /**
     * All is followed that the region's control topic tells of before {@code controlNext}.
     *
     * @param finalEnds of topics that the region no longer writes to: they must be applied as far, whatever it says
     * @param bar only heartbeats above it count: a region that was evicted has said before what is not applied here
     * @param settled all that the region will ever have issued up to this clock is applied, whether it says so or not
     */
    void cover(long controlNext, Map<TopicPartition, Long> finalEnds, HybridTimestamp bar, HybridTimestamp settled) {
        coverage = new Coverage(controlNext, new TreeMap<>(finalEnds), bar, settled);
    }

    /** There is something to load: what was said is no longer true. */
    void withdraw() {
        coverage = null;
        reached = null;
        through = HybridTimestamp.ZERO;
    }

    /** @param positions the next offset to apply, of each partition followed */
    void note(Map<TopicPartition, Long> positions) {
        Coverage covered = coverage;
        if (covered == null) {
            return;
        }
        while (!heartbeats.isEmpty() && isReached(heartbeats.element(), covered, positions)) {
            Heartbeat heartbeat = heartbeats.remove();
            if (heartbeat.mark().isAfter(covered.bar)) {
                reached = heartbeat;
                raise(heartbeat.mark());
            }
        }
        raise(covered.settled);
    }

    private void raise(HybridTimestamp to) {
        if (to.isAfter(through)) {
            through = to;
        }
    }

    private static boolean isReached(Heartbeat heartbeat, Coverage covered, Map<TopicPartition, Long> positions) {
        return covered.controlNext >= heartbeat.controlEnd()
                && positions.entrySet().stream().allMatch(position -> {
                    long end = heartbeat.ends().getOrDefault(position.getKey(), 0L);
                    long finalEnd = covered.finalEnds.getOrDefault(position.getKey(), 0L);
                    return position.getValue() >= Math.max(end, finalEnd);
                });
    }
}
