package dev.meridian.replicator;

/** The store cannot take anything now, because it is full or closing: the same may be tried again later. */
public final class StoreAwayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreAwayException(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
