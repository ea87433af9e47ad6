package dev.meridian.node.api.shape;

/** A request holds another JSON type than its shape asks for. The message is the service's. */
public final class MistypedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MistypedException(String message) {
        super(message, null, false, false);
    }

    /** Always present. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
