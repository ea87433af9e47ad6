package dev.meridian.streams;

/** A change row whose checksum does not match: nothing behind it in its partition may be published before it. */
public final class DamagedRowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedRowException(String message, Throwable cause) {
        super(message, cause);
    }
}
