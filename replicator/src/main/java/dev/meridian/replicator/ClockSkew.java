package dev.meridian.replicator;

/** How far another region's clock is ahead: the greatest of the last differences, that of the quickest heartbeat. */
final class ClockSkew {
    /** Heartbeats: some ten seconds of them. */
    private static final int KEPT = 64;

    private final long[] aheadMillis = new long[KEPT];
    private int heard;
    private volatile long greatest;

    /** @param ahead the sender's clock, less this region's when the heartbeat is heard */
    void heard(long ahead) {
        aheadMillis[heard % KEPT] = ahead;
        heard = heard + 1 == 2 * KEPT ? KEPT : heard + 1;
        long most = ahead;
        for (int i = 0; i < Math.min(heard, KEPT); i++) {
            most = Math.max(most, aheadMillis[i]);
        }
        greatest = most;
    }

    long aheadMillis() {
        return greatest;
    }
}
