package dev.meridian.node.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a region answers DynamoDB requests, and whom it lets browsers ask for.
 *
 * @param port 0 for any free one
 * @param names names and addresses that the node is reached at, besides loopback and the address that it is bound to
 * @param crossOrigin origins whose pages may use the DynamoDB API, {@code *} for all; none by default
 * @param advertised the URL at which other regions' nodes and operators reach it; null if that is host and port
 */
public record HttpConfig(
        String host,
        int port,
        List<String> names,
        List<String> crossOrigin,
        @Nullable String advertised) {
    /** Hosts to bind to that are no address to connect to. */
    private static final Pattern EVERY_ADDRESS = Pattern.compile("0\\.0\\.0\\.0|\\[?0*(:0*){2,7}]?");

    public static final String HOST_DEFAULT = "127.0.0.1";
    public static final int PORT_DEFAULT = 8000;

    private static final Pattern NAME =
            Pattern.compile("[0-9A-Za-z_-]+(\\.[0-9A-Za-z_-]+)*|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*");
    private static final Pattern ORIGIN = Pattern.compile("\\*|[a-z][a-z0-9+.-]*://[^/\\s]+");

    public HttpConfig {
        if (host.isBlank()) {
            throw new ConfigException("http.host must not be empty");
        }
        checkPort("http.port", port);
        names = List.copyOf(names);
        crossOrigin = List.copyOf(crossOrigin);
        checkNames("http.names", names);
        checkOrigins("http.crossOrigin", crossOrigin);
        advertised = advertised == null ? null : NodeUrl.configured("http.advertised", advertised);
    }

    public HttpConfig(String host, int port) {
        this(host, port, List.of(), List.of(), null);
    }

    /** @throws ConfigException if one is no name or address */
    public static void checkNames(String field, List<String> names) {
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw new ConfigException(
                        field + ": '" + name + "' is no name or address: without scheme, port, brackets and wildcards");
            }
        }
    }

    /** @throws ConfigException if one is no origin */
    public static void checkOrigins(String field, List<String> origins) {
        for (String origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new ConfigException(
                        field + ": '" + origin + "' is no origin such as https://app.example:3000, and not *");
            }
        }
    }

    /**
     * The URL that other regions are told. Empty if it is bound to all addresses and nothing is advertised: nobody knows
     * then by which of them others reach it.
     *
     * @param bound the port that it listens on
     */
    public Optional<String> reachableAt(int bound) {
        if (advertised != null) {
            return Optional.of(advertised);
        }
        return EVERY_ADDRESS.matcher(host).matches() ? Optional.empty() : Optional.of(NodeUrl.of(host, bound));
    }

    static void checkPort(String field, int port) {
        if (port < 0 || port > 65_535) {
            throw new ConfigException(field + " must be between 0 and 65535, not " + port);
        }
    }
}
