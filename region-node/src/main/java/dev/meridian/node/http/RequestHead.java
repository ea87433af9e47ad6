package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Request line and headers. Knows no socket. */
record RequestHead(String method, String uri, MultiMap headers) {
    private static final List<String> SCHEMES = List.of("http://", "https://");
    private static final int PORT_MAX = 65_535;
    private static final int PORT_DIGITS = 5;

    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    String header(String name, String absent) {
        String value = headers.get(name);
        return value == null ? absent : value;
    }

    /**
     * The path, also of a request line in absolute form, {@code GET http://host/path}. All that depends on the path asks
     * here, so that both forms are answered alike.
     */
    String path() {
        int begin = pathBegin();
        int end = begin;
        while (end < uri.length() && uri.charAt(end) != '?' && uri.charAt(end) != '#') {
            end++;
        }
        return begin == end ? "/" : uri.substring(begin, end);
    }

    /** 0 unless the request line is in absolute form. */
    private int pathBegin() {
        int authority = authorityBegin();
        if (authority == 0) {
            return 0;
        }
        int begin = authority;
        while (begin < uri.length() && "/?#".indexOf(uri.charAt(begin)) < 0) {
            begin++;
        }
        return begin;
    }

    /** 0 unless the request line is in absolute form. */
    private int authorityBegin() {
        for (String scheme : SCHEMES) {
            if (uri.regionMatches(true, 0, scheme, 0, scheme.length())) {
                return scheme.length();
            }
        }
        return 0;
    }

    /** All that it says the server is called, with ports: the header Host, and the request line in absolute form. */
    List<String> hosts() {
        List<String> hosts = new ArrayList<>(headers.getAll("Host"));
        if (authorityBegin() > 0) {
            String authority = uri.substring(authorityBegin(), pathBegin());
            hosts.add(0, authority.substring(authority.lastIndexOf('@') + 1));
        }
        return hosts;
    }

    /** What is wrong with the name that the client gives the server. @param required whether it must give one */
    @Nullable
    String hostFault(boolean required) {
        int count = headers.getAll("Host").size();
        if (count > 1 || (required && count == 0)) {
            return "A request has one header Host, not " + count;
        }
        return hosts().stream().allMatch(RequestHead::hasPossiblePort)
                ? null
                : "The header Host names a port that is none";
    }

    /** Asked for every request: no pattern is compiled. */
    private static boolean hasPossiblePort(String host) {
        int colon = host.lastIndexOf(':');
        if (colon <= host.lastIndexOf(']')) {
            return true;
        }
        int port = 0;
        for (int i = colon + 1; i < host.length(); i++) {
            int digit = host.charAt(i) - '0';
            if (digit < 0 || digit > 9 || i > colon + PORT_DIGITS) {
                return false;
            }
            port = port * 10 + digit;
        }
        return port <= PORT_MAX;
    }

    /** Whether it is for a page below {@code /-/}, which only pages of this server may read and use. */
    boolean isOfPage() {
        return path().startsWith(Pages.PREFIX);
    }

    /** Browsers say where a request comes from that a page made them send; nobody else does. */
    boolean isOfBrowser() {
        return headers.contains("Origin") || headers.contains("Sec-Fetch-Site");
    }

    /**
     * Whether a page of another server made a browser send this. Browsers say so, in either of two ways; whoever says
     * nothing is none.
     */
    boolean isCrossSite() {
        String site = headers.get("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = headers.get("Origin");
        String host = headers.get("Host");
        return origin != null && !origin.replaceFirst("^https?://", "").equalsIgnoreCase(host == null ? "" : host);
    }

    /** Whether somebody followed a link, wherever it was: the browser shows the answer by itself, and not in a frame. */
    boolean isFollowedLink() {
        return method.equals("GET") && "document".equals(headers.get("Sec-Fetch-Dest"));
    }

    /** Without parameters; empty if there is none. */
    String contentType() {
        String type = headers.get("Content-Type");
        if (type == null) {
            return "";
        }
        int parameters = type.indexOf(';');
        return (parameters < 0 ? type : type.substring(0, parameters)).trim();
    }

    /** Names are as they were sent, a parameter without a value has an empty one. */
    Map<String, List<String>> query() {
        if (uri.indexOf('?') < 0) {
            return Map.of();
        }
        try {
            return new QueryStringDecoder(uri).parameters();
        } catch (IllegalArgumentException notDecodable) {
            throw new ApiException(
                    ErrorCode.MALFORMED_HTTP_REQUEST,
                    "The query string is not well-formed: " + notDecodable.getMessage());
        }
    }
}
