package dev.meridian.simulator.drill;

/** A drill that could not be played to its end. The message is one line. */
public final class DrillFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DrillFailedException(String message) {
        super(message);
    }

    DrillFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
