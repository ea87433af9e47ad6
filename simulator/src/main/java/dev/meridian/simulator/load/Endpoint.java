package dev.meridian.simulator.load;

import dev.meridian.node.config.NodeUrl;
import java.net.URI;

/**
 * Where requests go.
 *
 * @param region that they are signed for
 */
public record Endpoint(String region, String host, int port, boolean tls) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /** @throws IllegalArgumentException if it is no URL of the form http://host:port */
    public static Endpoint of(String url, String region) {
        URI uri = URI.create(NodeUrl.typed(url));
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? HTTPS : HTTP;
        return new Endpoint(region, uri.getHost(), port, tls);
    }

    /** As the header Host has it. */
    String authority() {
        return port == (tls ? HTTPS : HTTP) ? host : host + ":" + port;
    }

    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + authority();
    }
}
