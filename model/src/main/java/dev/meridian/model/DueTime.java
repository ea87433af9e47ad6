package dev.meridian.model;

/** When something is to be done again, in milliseconds of a clock that somebody may set back meanwhile. */
public final class DueTime {
    private DueTime() {}

    /**
     * Whether it is due now. If it is further away than it ever was, the clock has been set back, and it is due too.
     *
     * @param afterMillis how long after it was done last it is to be done again
     */
    public static boolean isReached(long dueMillis, long afterMillis, long nowMillis) {
        long left = dueMillis - nowMillis;
        return left <= 0 || left > afterMillis;
    }
}
