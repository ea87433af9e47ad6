package dev.meridian.node.http;

import dev.meridian.model.Excerpt;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What pages in browsers may do here. A page of any site can make its visitor's browser send requests to this node, and
 * there is no authentication that would stop it. Two rules do:
 *
 * <ul>
 *   <li>The header {@code Host} must be a name or an address that the node knows. Else a site whose own name resolves to
 *       this node's address (DNS rebinding) would be of the same origin as the node, and could read and change all.
 *   <li>A page of another origin may use the DynamoDB API only if its origin is listed, and never the pages below
 *       {@code /-/}: it may only link to them.
 * </ul>
 */
public final class BrowserAccess {
    /** An origin in the list that stands for all of them. */
    public static final String ANY_ORIGIN = "*";

    private final Set<String> names = new HashSet<>();
    private final Set<InetAddress> addresses = new HashSet<>();
    private final Set<String> origins = new HashSet<>();

    /**
     * Loopback, by its name and its addresses, and the address that a connection came in at are always known.
     *
     * @param bound the name or address that the port is bound to
     * @param names further names and addresses of the node, without a port
     * @param origins that may use the DynamoDB API, such as {@code https://app.example:3000}, or {@link #ANY_ORIGIN}
     */
    public BrowserAccess(String bound, List<String> names, List<String> origins) {
        add("localhost");
        add(bound);
        names.forEach(this::add);
        origins.forEach(origin -> this.origins.add(asSent(origin)));
    }

    /** In lower case, without the port that goes with the scheme: browsers leave it out. */
    private static String asSent(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        String port = lower.startsWith("http://") ? ":80" : lower.startsWith("https://") ? ":443" : "";
        return lower.endsWith(port) ? lower.substring(0, lower.length() - port.length()) : lower;
    }

    private void add(String host) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(host);
        if (address == null) {
            names.add(host.toLowerCase(Locale.ROOT));
        } else {
            addresses.add(address);
        }
    }

    /**
     * The first host that a request names and that is not of this node; null if there is none. A request that names no
     * host comes from no browser.
     *
     * @param local the address that the connection came in at
     */
    @Nullable
    String unknownHost(RequestHead head, @Nullable String local) {
        for (String host : head.hosts()) {
            if (!isKnown(withoutPort(host), local)) {
                return host;
            }
        }
        return null;
    }

    private boolean isKnown(String host, @Nullable String local) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(host);
        if (address == null) {
            return names.contains(host);
        }
        return address.isLoopbackAddress()
                || addresses.contains(address)
                || (local != null && address.equals(NetUtil.createInetAddressFromIpAddressString(local)));
    }

    /** In lower case, without the dot that a complete name may end with. The port says nothing about whose name it is. */
    private static String withoutPort(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        int colon = name.lastIndexOf(':');
        if (colon > name.lastIndexOf(']') && name.indexOf(':') == colon
                || name.startsWith("[") && colon > name.indexOf(']')) {
            name = name.substring(0, colon);
        }
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** What {@code Access-Control-Allow-Origin} is to say; null if the browser is not to show the answer to the page. */
    @Nullable
    String allowedOrigin(RequestHead head) {
        String origin = head.header("Origin");
        if (origin == null || head.isOfPage()) {
            return null;
        }
        if (origins.contains(ANY_ORIGIN)) {
            return ANY_ORIGIN;
        }
        return origins.contains(origin.toLowerCase(Locale.ROOT)) ? origin : null;
    }

    /**
     * Why a request may not use the DynamoDB API; null if it may. What no browser sent may.
     *
     * @param local the address that the connection came in at
     */
    @Nullable
    String refusal(RequestHead head, @Nullable String local) {
        if (!head.isOfBrowser() || allowedOrigin(head) != null) {
            return null;
        }
        if (head.isCrossSite()) {
            String origin = Excerpt.of(head.header("Origin", "another origin"));
            return "A page of " + origin + " in a browser may not use this endpoint. To let it, add its origin to"
                    + " http.crossOrigin in the node's config, or start meridian up with --cross-origin";
        }
        String unknown = unknownHost(head, local);
        return unknown == null ? null : "In a browser, " + mend(unknown);
    }

    /** What to say of a host that is not known. */
    static String mend(String unknown) {
        return "the host '" + Excerpt.of(unknown)
                + "' is no name or address that this node was told of. Use localhost, or"
                + " the address that it is bound to, or add the name to http.names in the node's config, or start meridian"
                + " up with --http-names";
    }
}
