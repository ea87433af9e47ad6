package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    /** Its form: a zero stands for any digit. */
    private static final String BASIC_DATE = "00000000T000000Z";

    private static final String CREDENTIAL = "Credential";
    private static final String SIGNATURE = "Signature";
    private static final String SIGNED_HEADERS = "SignedHeaders";
    private static final String UNDATED =
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
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

    /** In one pass: each request of an SDK has another header. Of a part given twice the last counts. */
    private static String fromHeader(RequestHead head, String header) {
        int end = endOfWord(header, 0);
        String algorithm = header.substring(0, end);
        String credential = "";
        String signature = "";
        String signedHeaders = "";
        for (int begin = nextWord(header, end); begin < header.length(); begin = nextWord(header, end)) {
            end = endOfWord(header, begin);
            int equals = header.indexOf('=', begin);
            if (equals < 0 || equals >= end) {
                throw incomplete("'" + header.substring(begin, end)
                        + "' not a valid key=value pair (missing equal-sign) in Authorization header: '" + header
                        + "'.");
            }
            if (isNamed(CREDENTIAL, header, begin, equals)) {
                credential = header.substring(equals + 1, end);
            } else if (isNamed(SIGNATURE, header, begin, equals)) {
                signature = header.substring(equals + 1, end);
            } else if (isNamed(SIGNED_HEADERS, header, begin, equals)) {
                signedHeaders = header.substring(equals + 1, end);
            }
        }
        String date = head.header("X-Amz-Date");
        boolean undated = date == null && head.header("Date") == null;
        if (credential.isEmpty() || signature.isEmpty() || signedHeaders.isEmpty() || undated) {
            throw incomplete(missing(CREDENTIAL, credential)
                    + missing(SIGNATURE, signature)
                    + missing(SIGNED_HEADERS, signedHeaders)
                    + (undated ? UNDATED : "")
                    + "Authorization="
                    + header);
        }
        return scope(date, signedHeaders, algorithm, credential);
    }

    private static boolean isNamed(String name, String header, int begin, int equals) {
        return equals - begin == name.length() && header.startsWith(name, begin);
    }

    private static String missing(String name, String value) {
        return value.isEmpty() ? "Authorization header requires '" + name + "' parameter. " : "";
    }

    private static int nextWord(String header, int from) {
        int begin = from;
        while (begin < header.length() && SEPARATORS.indexOf(header.charAt(begin)) >= 0) {
            begin++;
        }
        return begin;
    }

    private static int endOfWord(String header, int from) {
        int end = from;
        while (end < header.length() && SEPARATORS.indexOf(header.charAt(end)) < 0) {
            end++;
        }
        return end;
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
        if (date != null && !isBasicDate(date)) {
            throw incomplete("Date must be in ISO-8601 'basic format'. Got '" + date
                    + "'. See http://en.wikipedia.org/wiki/ISO_8601");
        }
        if (!isListed("host", signedHeaders.toLowerCase(Locale.ROOT))) {
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
        String region = parts[2];
        if (region.isEmpty() || !parts[3].equals(SERVICE) || !parts[4].equals(TERMINATOR)) {
            throw invalid(wrongScope(region, parts[3], parts[4]));
        }
        return region;
    }

    private static String wrongScope(String region, String service, String terminator) {
        StringBuilder wrong = new StringBuilder();
        if (region.isEmpty()) {
            wrong.append("Credential should be scoped to a valid region, not ''. ");
        }
        if (!service.equals(SERVICE)) {
            wrong.append("Credential should be scoped to correct service: '" + SERVICE + "'. ");
        }
        if (!terminator.equals(TERMINATOR)) {
            wrong.append("Credential should be scoped with a valid terminator: '" + TERMINATOR + "', not '")
                    .append(terminator)
                    .append("'. ");
        }
        return wrong.toString();
    }

    /** Like 20260131T235959Z. */
    private static boolean isBasicDate(String date) {
        if (date.length() != BASIC_DATE.length()) {
            return false;
        }
        for (int i = 0; i < date.length(); i++) {
            char form = BASIC_DATE.charAt(i);
            char c = date.charAt(i);
            if (form == '0' ? c < '0' || c > '9' : c != form) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code name} is one of a list that is separated by semicolons. */
    private static boolean isListed(String name, String list) {
        for (int begin = 0; begin <= list.length(); ) {
            int semicolon = list.indexOf(';', begin);
            int end = semicolon < 0 ? list.length() : semicolon;
            if (end - begin == name.length() && list.startsWith(name, begin)) {
                return true;
            }
            begin = end + 1;
        }
        return false;
    }

    private static ApiException incomplete(String message) {
        return new ApiException(ErrorCode.INCOMPLETE_SIGNATURE, message);
    }

    private static ApiException invalid(String message) {
        return new ApiException(ErrorCode.INVALID_SIGNATURE, message);
    }
}
