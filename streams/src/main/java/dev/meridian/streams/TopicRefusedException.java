package dev.meridian.streams;

/** The bus is there and does not make a topic as it is asked for. */
public final class TopicRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TopicRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
