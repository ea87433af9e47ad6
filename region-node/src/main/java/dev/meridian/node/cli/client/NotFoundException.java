package dev.meridian.node.cli.client;

import dev.meridian.node.cli.CommandFailedException;

/** A region answered that what a page was asked for is not there. */
final class NotFoundException extends CommandFailedException {
    private static final long serialVersionUID = 1L;

    NotFoundException(String message) {
        super(message);
    }
}
