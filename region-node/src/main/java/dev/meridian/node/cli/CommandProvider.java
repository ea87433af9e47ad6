package dev.meridian.node.cli;

import java.util.List;

/** Adds commands to {@code meridian}; found by {@link java.util.ServiceLoader}. */
public interface CommandProvider {
    /** Objects or classes that picocli takes as commands. */
    List<Object> commands();
}
