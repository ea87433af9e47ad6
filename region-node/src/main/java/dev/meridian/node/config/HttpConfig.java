package dev.meridian.node.config;

/** Where a region answers DynamoDB requests. @param port 0 for any free one */
public record HttpConfig(String host, int port) {
    public static final String HOST_DEFAULT = "127.0.0.1";
    public static final int PORT_DEFAULT = 8000;

    public HttpConfig {
        if (host.isBlank()) {
            throw new ConfigException("http.host must not be empty");
        }
        checkPort("http.port", port);
    }

    static void checkPort(String field, int port) {
        if (port < 0 || port > 65_535) {
            throw new ConfigException(field + " must be between 0 and 65535, not " + port);
        }
    }
}
