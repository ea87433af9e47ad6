package dev.meridian.node.http;

/** A request that does not get as far as an operation. Expected, so without a stack trace. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FrameworkError error;

    /** @param message empty for an answer of the type alone */
    RefusedException(FrameworkError error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    FrameworkError error() {
        return error;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
