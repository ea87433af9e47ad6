package dev.meridian.node.store;

/** There is no room on the disk or in the map: writes fail, reads go on. */
public final class StoreFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFullException(String message, Throwable cause) {
        super(message, cause);
    }
}
