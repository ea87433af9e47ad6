package dev.meridian.node.store;

/** The store is shutting down or has been closed; what was queued behind it was not done. */
public final class StoreClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreClosedException() {
        super("the store is closed", null, false, false);
    }
}
