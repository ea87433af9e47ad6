package dev.meridian.node.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** The URL of a node's HTTP port or of a front door, without a slash at its end. */
public final class NodeUrl {
    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^\\s:/?#@]+):\\d{1,5}/?");
    private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://.*");
    private static final int PORT_MAX = 65_535;

    private NodeUrl() {}

    /** @param host a name or an address, also of IPv6 */
    public static String of(String host, int port) {
        return "http://" + (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }

    /**
     * As a person types it at a command.
     *
     * @throws IllegalArgumentException if it is no such URL; the message says what to write instead
     */
    public static String typed(String text) {
        if (!SCHEME.matcher(text).matches()) {
            String like = HOST_AND_PORT.matcher(text).matches() ? text : "localhost:8000";
            throw new IllegalArgumentException("'" + text + "' is no URL: write http://" + like);
        }
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no URL such as http://localhost:8000: " + wrong.getReason(), wrong);
        }
        if (!"http".equalsIgnoreCase(url.getScheme()) && !"https".equalsIgnoreCase(url.getScheme())) {
            throw new IllegalArgumentException(
                    "'" + text + "' begins with " + url.getScheme() + "://: write http:// or https://");
        }
        if (url.getHost() == null || url.getPort() > PORT_MAX) {
            throw new IllegalArgumentException("'" + text + "' has no host and port: write http://localhost:8000");
        }
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        String bare = url.getScheme() + "://" + url.getHost() + port;
        String path = url.getPath() == null ? "" : url.getPath().replaceAll("/+$", "");
        boolean more = url.getQuery() != null || url.getFragment() != null || url.getUserInfo() != null;
        if (more || path.equals("/-") || path.startsWith("/-/")) {
            throw new IllegalArgumentException("'" + text + "' is more than host and port: write " + bare);
        }
        return bare + path;
    }

    /**
     * As a file of configuration has it: {@code host:port} too.
     *
     * @throws ConfigException if it is neither
     */
    static String configured(String field, String text) {
        try {
            return typed(HOST_AND_PORT.matcher(text).matches() ? "http://" + text : text);
        } catch (IllegalArgumentException wrong) {
            throw new ConfigException(field + ": " + wrong.getMessage());
        }
    }
}
