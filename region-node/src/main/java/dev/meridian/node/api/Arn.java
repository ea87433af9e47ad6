package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Amazon resource name of a table. */
record Arn(String region, String table) {
    /** Meridian has no accounts: every table is of this one. */
    static final String ACCOUNT = "000000000000";

    private static final Pattern TABLE = Pattern.compile("arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):\\d{12}:table/([^/]+)");
    private static final Pattern RESOURCE = Pattern.compile(TABLE.pattern() + "(?:/((?:index|stream)/.+))?");

    static Arn parse(String text) {
        Matcher matcher = TABLE.matcher(text);
        if (!matcher.matches()) {
            throw ApiException.validation("Invalid TableArn: Invalid ResourceArn provided as input " + text);
        }
        return new Arn(matcher.group(1), matcher.group(2));
    }

    /** The table whose tags or policy a request names. */
    static Arn ofResource(String text) {
        if (!text.startsWith("arn:")) {
            throw Keys.invalid("ARNs must start with 'arn:': " + text);
        }
        Matcher matcher = RESOURCE.matcher(text);
        if (!matcher.matches()) {
            throw Keys.invalid("Provided Arn is not a DynamoDB resource arn: " + text);
        }
        String below = matcher.group(3);
        if (below == null) {
            return new Arn(matcher.group(1), matcher.group(2));
        }
        if (below.startsWith("stream/")) {
            throw resourceNotFound(text);
        }
        throw Keys.invalid(
                "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + text);
    }

    static ApiException resourceNotFound(String text) {
        return ApiException.resourceNotFound("Requested resource not found: ResourceArn: " + text + " not found");
    }

    /** A key that encrypts tables. @param key its name, its id, or its own ARN */
    static String ofKey(RegionId region, String key) {
        String resource = key.startsWith("alias/") ? key : "key/" + key;
        return key.startsWith("arn:") ? key : "arn:aws:kms:" + region + ":" + ACCOUNT + ":" + resource;
    }

    static String ofKinesisStream(RegionId region, String stream) {
        return "arn:aws:kinesis:" + region + ":" + ACCOUNT + ":stream/" + stream;
    }

    static String of(RegionId region, String table) {
        return "arn:aws:dynamodb:" + region + ":" + ACCOUNT + ":table/" + table;
    }

    static String ofIndex(RegionId region, String table, String index) {
        return of(region, table) + "/index/" + index;
    }
}
