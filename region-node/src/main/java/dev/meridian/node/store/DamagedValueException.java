package dev.meridian.node.store;

/**
 * A value of the store whose checksum does not match what was read from the disk: nothing of it is used. {@link
 * DamagedValues} knows of it already.
 */
public final class DamagedValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedValueException(String message) {
        super(message, null, false, false);
    }
}
