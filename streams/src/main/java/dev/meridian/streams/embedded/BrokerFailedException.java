package dev.meridian.streams.embedded;

import org.jspecify.annotations.Nullable;

/** The embedded broker does not work, or does not come up. Its data stay; the node goes on without it. */
final class BrokerFailedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    BrokerFailedException(String message) {
        super(message);
    }

    BrokerFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
