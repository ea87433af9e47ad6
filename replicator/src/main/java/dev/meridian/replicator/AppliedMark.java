package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.TableId;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.Set;
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
 * <p>Beside that it says the same of all tables but those that stand still, which may stand still for long.
 *
 * <p>Used by one thread; {@link #through} and {@link #lastHeartbeat} may be asked by any.
 */
final class AppliedMark {
    private final HeardHeartbeats ofAll = new HeardHeartbeats();
    private final HeardHeartbeats ofOthers = new HeardHeartbeats();
    private @Nullable Coverage coverage;
    private Set<TopicPartition> leftOut = Set.of();
    private boolean isApart;
    private volatile @Nullable Heartbeat lastHeartbeat;

    private record Coverage(
            long controlNext,
            @Nullable TopicId controlTopic,
            SortedMap<TopicPartition, Long> finalEnds,
            HybridTimestamp bar,
            HybridTimestamp settled,
            Set<TableId> loading) {}

    HybridTimestamp through() {
        return ofAll.through();
    }

    /** Of what is not left out. */
    HybridTimestamp throughOfOthers() {
        return isApart ? ofOthers.through() : ofAll.through();
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
        return ofAll.reached();
    }

    void heard(Heartbeat heartbeat) {
        lastHeartbeat = heartbeat;
        ofAll.heard(heartbeat);
        ofOthers.heard(heartbeat);
    }

    /**
     * All is followed that the region's control topic tells of before {@code controlNext}.
     *
     * @param controlTopic which topic that is; null if it is not known
     * @param finalEnds of topics that the region no longer writes to: they must be applied as far, whatever it says
     * @param bar only heartbeats above it count: a region that was evicted has said before what is not applied here
     * @param settled all that the region will ever have issued up to this clock is applied, whether it says so or not
     * @param loading tables that are being loaded: something is said only of the others
     */
    void cover(
            long controlNext,
            @Nullable TopicId controlTopic,
            Map<TopicPartition, Long> finalEnds,
            HybridTimestamp bar,
            HybridTimestamp settled,
            Set<TableId> loading) {
        if (coverage != null && !loading.containsAll(coverage.loading)) {
            // What was loaded counts from now on, and little is known of it.
            ofOthers.copy(ofAll);
        }
        coverage = new Coverage(controlNext, controlTopic, new TreeMap<>(finalEnds), bar, settled, Set.copyOf(loading));
    }

    /** There is something to load: what was said is no longer true. */
    void withdraw() {
        coverage = null;
        ofAll.withdraw();
        ofOthers.copy(ofAll);
    }

    /**
     * @param positions how far each partition followed is applied
     * @param standing partitions of tables that stand still, or are being loaded
     */
    void note(Map<TopicPartition, LogPosition> positions, Set<TopicPartition> standing) {
        Coverage covered = coverage;
        boolean wasApart = isApart;
        isApart = !standing.isEmpty() || (covered != null && !covered.loading.isEmpty());
        if (isApart && (!wasApart || !standing.containsAll(leftOut))) {
            // What was left out counts again: only what is said of all is known of it.
            ofOthers.copy(ofAll);
        }
        leftOut = standing;
        if (covered == null) {
            return;
        }
        if (covered.loading.isEmpty()) {
            ofAll.note(covered.bar, heartbeat -> isReached(heartbeat, covered, positions, Set.of()));
            ofAll.raise(covered.settled);
        }
        if (isApart) {
            ofOthers.note(covered.bar, heartbeat -> isReached(heartbeat, covered, positions, standing));
        }
    }

    private static boolean isReached(
            Heartbeat heartbeat,
            Coverage covered,
            Map<TopicPartition, LogPosition> positions,
            Set<TopicPartition> leftOut) {
        return covered.controlNext >= heartbeat.controlEnd()
                && isOfSameControlTopic(heartbeat.store(), covered.controlTopic)
                && positions.entrySet().stream().allMatch(position -> {
                    TopicPartition at = position.getKey();
                    if (leftOut.contains(at)) {
                        return true;
                    }
                    long finalEnd = covered.finalEnds.getOrDefault(at, 0L);
                    return position.getValue().next()
                                    >= Math.max(heartbeat.ends().getOrDefault(at, 0L), finalEnd)
                            && isSameLog(heartbeat, at, position.getValue());
                });
    }

    private static boolean isOfSameControlTopic(@Nullable StoreIdentity store, @Nullable TopicId taken) {
        if (store == null || taken == null) {
            return true;
        }
        return store.topics().entrySet().stream()
                .filter(topic -> topic.getKey().equals(TopicNames.control(store.region())))
                .allMatch(topic -> topic.getValue().equals(taken));
    }

    /**
     * A heartbeat that does not tell of a topic is older than it: of one that was lost it tells its new identity. One that
     * does not know the life that wrote what was read last is older than that life, which may have written over what the
     * heartbeat was sure of.
     */
    private static boolean isSameLog(Heartbeat heartbeat, TopicPartition at, LogPosition position) {
        StoreIdentity store = heartbeat.store();
        return store == null
                || (!position.isOfAnother(store.topics().get(at.topic()))
                        && (position.life() == null || store.knows(position.life(), position.clock())));
    }
}
