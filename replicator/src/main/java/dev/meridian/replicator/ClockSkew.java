package dev.meridian.replicator;

import java.util.ArrayDeque;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * By how much another region's wall clock is ahead of this one's. A heartbeat is never heard before it was sent, so the
 * difference of the two clocks' readings is a least bound; the other region's account of this one gives the greatest. The
 * truth lies between them: their distance is what two messages took on their way.
 *
 * <p>Fed by one thread; may be asked by any.
 */
public final class ClockSkew {
    /** The quickest of so many heartbeats counts; a clock that was set right is seen after so many, some five seconds. */
    private static final int KEPT = 25;

    private final ArrayDeque<Long> least = new ArrayDeque<>();
    private @Nullable Long greatest;

    public synchronized void heard(long sentMillis, long heardMillis, @Nullable Long selfAheadMillis) {
        if (least.size() == KEPT) {
            least.remove();
        }
        least.add(sentMillis - heardMillis);
        if (selfAheadMillis != null) {
            greatest = -selfAheadMillis;
        }
    }

    /** This region's clock has jumped: what was measured with it says nothing any more. */
    public synchronized void forget() {
        least.clear();
        greatest = null;
    }

    /** At least so many milliseconds ahead (behind, if negative). */
    public synchronized OptionalLong leastAheadMillis() {
        return least.stream().mapToLong(Long::longValue).max();
    }

    /** At most so many. */
    public synchronized OptionalLong greatestAheadMillis() {
        return greatest == null ? OptionalLong.empty() : OptionalLong.of(greatest);
    }

    /** Whether the two clocks are certainly further apart than allowed, one way or the other. */
    public boolean isBeyond(long boundMillis) {
        return leastAheadMillis().orElse(0) > boundMillis
                || greatestAheadMillis().orElse(0) < -boundMillis;
    }
}
