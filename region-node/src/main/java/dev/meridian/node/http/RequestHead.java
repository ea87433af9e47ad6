package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Request line and headers. Knows no socket. */
record RequestHead(String method, String uri, MultiMap headers) {
    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    /** Whether it is for a page below {@code /-/}, which only pages of this server may read and use. */
    boolean isOfPage() {
        return uri.startsWith(Pages.PREFIX);
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
