package dev.meridian.streams.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The broker cannot listen where it is told to: what a person has set up must be changed. */
final class PortTakenException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    PortTakenException(String message, IOException cause) {
        super(message, cause);
    }
}
