package dev.meridian.streams.embedded;

/**
 * Whether this process is ending. What is still being started then fails in odd ways, for the shutdown hooks of libraries
 * take away what it needs; that is nothing to report.
 */
public final class EndOfProcess {
    private EndOfProcess() {}

    /** Whether the shutdown hooks have begun to run. */
    public static boolean hasBegun() {
        try {
            // Refused from then on; before, it removes nothing.
            Runtime.getRuntime().removeShutdownHook(new Thread("never started"));
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }
}
