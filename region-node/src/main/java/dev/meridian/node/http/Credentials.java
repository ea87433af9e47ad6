package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.vertx.core.http.HttpServerRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The credential scope of a request, signed with Signature Version 4 in a header or in the query. Any key is good and no
 * signature is verified; but what no SDK would send is refused as DynamoDB refuses it.
 */
final class Credentials {
    private static final Pattern SCOPE =
            Pattern.compile("Credential=([^/,\\s]+)/(\\d{8})/([^/,\\s]+)/([^/,\\s]+)/aws4_request");
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";

    private Credentials() {}

    /** The region that the request was signed for. */
    static String region(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        if (header != null) {
            return fromHeader(header);
        }
        String query = request.getParam("X-Amz-Credential");
        if (query != null) {
            return fromScope("Credential=" + query);
        }
        throw new ApiException(ErrorCode.MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
    }

    private static String fromHeader(String header) {
        if (!header.startsWith(ALGORITHM)) {
            throw new ApiException(ErrorCode.MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
        }
        StringBuilder missing = new StringBuilder();
        for (String part : new String[] {"Credential", "Signature", "SignedHeaders"}) {
            if (!header.contains(part + "=")) {
                missing.append("Authorization header requires '").append(part).append("' parameter. ");
            }
        }
        if (missing.length() > 0) {
            throw new ApiException(ErrorCode.INCOMPLETE_SIGNATURE, missing + "Authorization=" + ALGORITHM);
        }
        return fromScope(header);
    }

    private static String fromScope(String text) {
        @Nullable Matcher matcher = SCOPE.matcher(text);
        if (!matcher.find()) {
            throw new ApiException(
                    ErrorCode.INCOMPLETE_SIGNATURE,
                    "Credential must have exactly 5 slash-delimited elements, e.g."
                            + " keyid/date/region/service/term");
        }
        return matcher.group(3);
    }
}
