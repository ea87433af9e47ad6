package dev.meridian.node.cli.client;

import picocli.CommandLine.Option;

/** The two regions of a directed pair. */
final class Direction {
    @Option(names = "--from", paramLabel = "REGION", required = true, description = "Where the changes are made.")
    private String from = "";

    @Option(names = "--to", paramLabel = "REGION", required = true, description = "Where they are applied.")
    private String to = "";

    String from() {
        return from;
    }

    String to() {
        return to;
    }
}
