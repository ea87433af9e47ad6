package dev.meridian.node.cli.client;

import picocli.CommandLine.Option;

/** What every command that asks a running Meridian takes. */
public final class ClientOptions {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            defaultValue = "http://localhost:8000",
            description = "The front door, or a region's own port. Default: ${DEFAULT-VALUE}")
    private String endpoint = "";

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    public NodeClient client() {
        return NodeClient.of(endpoint);
    }

    public boolean json() {
        return json;
    }
}
