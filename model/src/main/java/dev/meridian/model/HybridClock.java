package dev.meridian.model;

import java.time.InstantSource;

/**
 * Issues a region's versions, each above all before it and above what it overwrites, as near to the wall clock as that
 * allows. Not thread-safe: the store's writer owns it, persists {@link #last} with every commit, and restores it.
 */
public final class HybridClock {
    private final InstantSource wall;
    private final RegionId region;
    private HybridTimestamp last;

    /** @param restored the last reading that was persisted; nothing at or below it is issued again */
    public HybridClock(InstantSource wall, RegionId region, HybridTimestamp restored) {
        this.wall = wall;
        this.region = region;
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
        HybridTimestamp time = HybridTimestamp.ofMillis(wall.millis());
        time = max(time, last.next());
        time = max(time, overwritten.next());
        last = time;
        return new Version(time, region);
    }

    /** From now on readings are above {@code seen}, which may come from a faster clock. */
    public void witness(HybridTimestamp seen) {
        last = max(last, seen);
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
