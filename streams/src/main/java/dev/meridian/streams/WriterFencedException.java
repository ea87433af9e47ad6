package dev.meridian.streams;

/** A later writer of the same name has taken over: this process must not publish any more. */
public final class WriterFencedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WriterFencedException(String message, Throwable cause) {
        super(message, cause);
    }
}
