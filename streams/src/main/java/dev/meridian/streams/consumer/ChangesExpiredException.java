package dev.meridian.streams.consumer;

/** Changes that the consumer has not seen are no longer kept by any region it can read: it was away for too long. */
public final class ChangesExpiredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ChangesExpiredException(String message) {
        super(message);
    }
}
