package dev.meridian.node;

/** A region that cannot start for a reason outside the program: a port taken, a folder not writable. One line. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
