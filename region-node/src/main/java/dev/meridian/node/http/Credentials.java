package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The credential scope of a request, signed with Signature Version 4 in a header or in the query. Any key is good and no
 * signature is verified; but what no SDK would send is refused as DynamoDB refuses it, in its order and its words.
 */
final class Credentials {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String SERVICE = "dynamodb";
    private static final String TERMINATOR = "aws4_request";
    private static final int SCOPE_PARTS = 5;
    private static final Pattern BASIC_DATE = Pattern.compile("\\d{8}T\\d{6}Z");
    private static final List<String> HEADER_PARTS = List.of("Credential", "Signature", "SignedHeaders");
    private static final List<String> QUERY_PARTS =
            List.of("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date");

    /** Of the words of the header: commas and white space. */
    private static final String SEPARATORS = ", \t\n\u000B\f\r";

    private Credentials() {}

    /** The region that the request was signed for. */
    static String region(RequestHead head) {
        @Nullable String header = head.header("Authorization");
        Map<String, List<String>> query = head.query();
        boolean presigned = query.containsKey("X-Amz-Algorithm");
        if (header != null && presigned) {
            throw new ApiException(
                    ErrorCode.INVALID_SIGNATURE,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
        }
        if (presigned) {
            return fromQuery(query);
        }
        if (header == null || !header.trim().startsWith("AWS4-")) {
            throw new ApiException(ErrorCode.MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
        }
        return fromHeader(head, header.trim());
    }

    private static String fromHeader(RequestHead head, String header) {
        StringTokenizer words = new StringTokenizer(header, SEPARATORS);
        String algorithm = words.nextToken();
        Map<String, String> parts = new HashMap<>();
        while (words.hasMoreTokens()) {
            String word = words.nextToken();
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw incomplete(
                        "'" + word + "' not a valid key=value pair (missing equal-sign) in Authorization header: '"
                                + header + "'.");
            }
            parts.put(word.substring(0, equals), word.substring(equals + 1));
        }
        StringBuilder missing = new StringBuilder();
        for (String part : HEADER_PARTS) {
            if (parts.getOrDefault(part, "").isEmpty()) {
                missing.append("Authorization header requires '").append(part).append("' parameter. ");
            }
        }
        String date = head.header("X-Amz-Date");
        if (date == null && head.header("Date") == null) {
            missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }
        if (!missing.isEmpty()) {
            throw incomplete(missing + "Authorization=" + header);
        }
        return scope(date, parts.getOrDefault("SignedHeaders", ""), algorithm, parts.getOrDefault("Credential", ""));
    }

    private static String fromQuery(Map<String, List<String>> query) {
        StringBuilder missing = new StringBuilder();
        List<String> values = new ArrayList<>();
        for (String part : QUERY_PARTS) {
            String value = query.getOrDefault(part, List.of("")).get(0);
            values.add(value);
            if (value.isEmpty()) {
                missing.append("AWS query-string parameters must include '")
                        .append(part)
                        .append("'. ");
            }
        }
        if (!missing.isEmpty()) {
            throw incomplete(missing + "Re-examine the query-string parameters.");
        }
        return scope(values.get(4), values.get(3), values.get(0), values.get(1));
    }

    private static String scope(@Nullable String date, String signedHeaders, String algorithm, String credential) {
        if (date != null && !BASIC_DATE.matcher(date).matches()) {
            throw incomplete("Date must be in ISO-8601 'basic format'. Got '" + date
                    + "'. See http://en.wikipedia.org/wiki/ISO_8601");
        }
        if (!Arrays.asList(signedHeaders.toLowerCase(Locale.ROOT).split(";")).contains("host")) {
            throw invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.");
        }
        if (!algorithm.equals(ALGORITHM)) {
            throw incomplete("Unsupported AWS 'algorithm': '" + algorithm + "' (only " + ALGORITHM + " for now). ");
        }
        // Slashes at the end do not count.
        String[] parts = credential.split("/");
        if (parts.length != SCOPE_PARTS) {
            throw incomplete("Credential must have exactly 5 slash-delimited elements, e.g."
                    + " keyid/date/region/service/term, got '" + credential + "'");
        }
        StringBuilder wrong = new StringBuilder();
        if (parts[2].isEmpty()) {
            wrong.append("Credential should be scoped to a valid region, not ''. ");
        }
        if (!parts[3].equals(SERVICE)) {
            wrong.append("Credential should be scoped to correct service: '" + SERVICE + "'. ");
        }
        if (!parts[4].equals(TERMINATOR)) {
            wrong.append("Credential should be scoped with a valid terminator: '" + TERMINATOR + "', not '")
                    .append(parts[4])
                    .append("'. ");
        }
        if (!wrong.isEmpty()) {
            throw invalid(wrong.toString());
        }
        return parts[2];
    }

    private static ApiException incomplete(String message) {
        return new ApiException(ErrorCode.INCOMPLETE_SIGNATURE, message);
    }

    private static ApiException invalid(String message) {
        return new ApiException(ErrorCode.INVALID_SIGNATURE, message);
    }
}
