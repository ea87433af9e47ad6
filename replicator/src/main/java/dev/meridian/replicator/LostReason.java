package dev.meridian.replicator;

import dev.meridian.streams.BusReader.Lost;
import dev.meridian.streams.TopicId;
import org.jspecify.annotations.Nullable;

/** Says to a person why a partition cannot be read on. */
final class LostReason {
    private LostReason() {}

    /**
     * @param of the topic that was read
     * @param position the next offset to apply
     */
    static String of(Lost lost, @Nullable TopicId of, long position) {
        return switch (lost.reason()) {
            case EXPIRED -> "expired: the oldest record kept is at offset " + lost.start();
            case CUT_SHORT ->
                "cut short: the topic ends at offset " + lost.end() + ", below the " + position + " that were applied";
            case REPLACED ->
                "replaced: the topic was made anew; it has id " + lost.now() + " now"
                        + (of == null ? ", not the one that was read" : ", not " + of);
        };
    }
}
