package dev.meridian.node.store;

/**
 * The disk refuses: writes fail, reads go on, and the store tries again by itself. Of a write that failed with this,
 * nothing counts as written; if its sync failed, it may be found written later.
 */
public final class StorageFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final StorageFault fault;
    private final boolean readsFail;

    public StorageFaultException(StorageFault fault, Throwable cause) {
        this(fault, fault.text(), false, cause);
    }

    /** @param readsFail whether the store cannot be read either, until it could be opened again */
    public StorageFaultException(StorageFault fault, String message, boolean readsFail, Throwable cause) {
        super(message, cause);
        this.fault = fault;
        this.readsFail = readsFail;
    }

    public StorageFault fault() {
        return fault;
    }

    /** For a client, in one sentence. */
    public String sentence() {
        return readsFail
                ? "This region can neither read nor write: " + getMessage()
                : "This region cannot write: " + getMessage() + "; reads go on";
    }
}
