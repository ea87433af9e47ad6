package dev.meridian.simulator.scenario;

/** A scenario that cannot be read. The message is one line: file, line, field, what is wrong. */
public final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ScenarioException(String message) {
        super(message);
    }
}
