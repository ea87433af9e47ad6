package dev.meridian.replicator;

/**
 * The store cannot take anything now, because its disk refuses or it is closing: the same may be tried again later. If a
 * sync has failed, it may then be found applied.
 */
public final class StoreAwayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreAwayException(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
