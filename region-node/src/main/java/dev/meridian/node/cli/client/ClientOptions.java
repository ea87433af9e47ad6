package dev.meridian.node.cli.client;

import dev.meridian.node.config.NodeUrl;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What every command that asks a running Meridian takes. */
public final class ClientOptions {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            defaultValue = "http://localhost:8000",
            converter = UrlConverter.class,
            description = {
                "The front door, or any region's own port: it tells where the other regions are.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String endpoint = "";

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    public NodeClient client() {
        return NodeClient.of(endpoint);
    }

    public boolean json() {
        return json;
    }

    private static final class UrlConverter implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            try {
                return NodeUrl.typed(text);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(String.valueOf(wrong.getMessage()));
            }
        }
    }
}
