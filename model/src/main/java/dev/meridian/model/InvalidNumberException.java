package dev.meridian.model;

/** A text or result that is not one of DynamoDB's numbers; the message is DynamoDB's own. */
public final class InvalidNumberException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidNumberException(String message) {
        super(message);
    }

    /** A client's fault is expected: nobody reads its stack. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
