package dev.meridian.node.store;

/** Nothing is written, because the region's clock is not to be trusted; the message says why, and what ends it. */
public final class ClockUntrustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClockUntrustedException(String message) {
        super(message);
    }
}
