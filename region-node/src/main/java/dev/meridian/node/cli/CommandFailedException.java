package dev.meridian.node.cli;

/** A command that could not do its work, for a reason that is the user's to mend. The message is one line. */
public class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandFailedException(String message) {
        super(message);
    }
}
