package dev.meridian.model;

import java.time.InstantSource;

/**
 * Issues a region's versions, each above all before it and above what it overwrites, as near to the wall clock as that
 * allows. Not thread-safe: the store's writer owns it, persists {@link #last} with every commit, and restores it.
 *
 * <p>The counters of one life of the store are unlike those of another: a store that was put back to an earlier state, with
 * a clock that is behind, would else issue again the very versions that it had issued and no longer knows of.
 */
public final class HybridClock {
    /** The last bits of each reading are the life's. Readings of a life are this far apart: 256 in each millisecond. */
    private static final long STEP = 1L << 8;

    /** Where a millisecond's counter begins: in its lower half, so that there is room for those to come. */
    private static final long FIRST_COUNTERS = 1L << (HybridTimestamp.COUNTER_BITS - 1);

    private final InstantSource wall;
    private final RegionId region;
    private final long firstCounter;
    private HybridTimestamp last;

    /**
     * @param life of the store
     * @param restored the last reading that was persisted; nothing at or below it is issued again
     */
    public HybridClock(InstantSource wall, RegionId region, Life life, HybridTimestamp restored) {
        this.wall = wall;
        this.region = region;
        this.firstCounter = life.bits() & (FIRST_COUNTERS - 1);
        this.last = restored;
    }

    public RegionId region() {
        return region;
    }

    public HybridTimestamp last() {
        return last;
    }

    public Version next() {
        return next(HybridTimestamp.ZERO);
    }

    /** @param overwritten the clock of what the write replaces */
    public Version next(HybridTimestamp overwritten) {
        HybridTimestamp time =
                new HybridTimestamp(HybridTimestamp.ofMillis(wall.millis()).bits() + firstCounter);
        time = max(time, above(last));
        time = max(time, above(overwritten));
        last = time;
        return new Version(time, region);
    }

    /** The next reading that this life may issue. */
    private HybridTimestamp above(HybridTimestamp reading) {
        long ahead = (firstCounter - reading.bits()) & (STEP - 1);
        return new HybridTimestamp(reading.bits() + (ahead == 0 ? STEP : ahead));
    }

    /** From now on readings are above {@code seen}, which may come from a faster clock. */
    public void witness(HybridTimestamp seen) {
        last = max(last, seen);
    }

    /**
     * From now on readings are above {@code to}, which is below readings given out: only for a clock that ran away, and only
     * if nobody elsewhere has seen a reading above {@code to}.
     */
    public void lower(HybridTimestamp to) {
        last = to;
    }

    /**
     * A reading that no write has and that every later write is above: what is committed now is all there will ever be
     * at or below it.
     */
    public HybridTimestamp mark() {
        return next().time();
    }

    private static HybridTimestamp max(HybridTimestamp a, HybridTimestamp b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
