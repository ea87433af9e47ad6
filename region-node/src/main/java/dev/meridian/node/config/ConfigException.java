package dev.meridian.node.config;

import dev.meridian.model.Excerpt;

/** A configuration that cannot be used. The message is one line for the person who wrote it. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(Excerpt.ofMessage(message));
    }
}
