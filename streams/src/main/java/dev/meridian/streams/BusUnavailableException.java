package dev.meridian.streams;

/** The bus cannot be reached, or did not answer in time: an expected state that passes. */
public final class BusUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BusUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
