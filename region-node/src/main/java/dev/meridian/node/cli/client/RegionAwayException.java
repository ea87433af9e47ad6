package dev.meridian.node.cli.client;

import dev.meridian.node.cli.CommandFailedException;

/** A region that cannot be asked: its address is not known, it does not answer there, or it cannot answer now. */
final class RegionAwayException extends CommandFailedException {
    private static final long serialVersionUID = 1L;

    RegionAwayException(String message) {
        super(message);
    }
}
