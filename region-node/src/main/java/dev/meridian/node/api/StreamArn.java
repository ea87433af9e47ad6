package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamDescriptor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Amazon resource name of a stream. */
final class StreamArn {
    private static final Pattern PATTERN =
            Pattern.compile("arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\\d{12}):table/([^/]+)/stream/([^/]+)");

    private StreamArn() {}

    static String of(RegionId region, StreamDescriptor stream) {
        return Arn.of(region, stream.tableName()) + "/stream/" + stream.label();
    }

    private static Matcher match(String arn) {
        Matcher matcher = PATTERN.matcher(arn);
        if (!matcher.matches()) {
            throw ApiException.validation("Invalid StreamArn: " + arn);
        }
        return matcher;
    }

    /** @throws ApiException if the text is no stream's ARN, whether or not there is such a stream */
    static String require(String arn) {
        match(arn);
        return arn;
    }

    /** @throws ApiException if there is no such stream, or it ended so long ago that nothing of it is kept */
    static StreamDescriptor find(ApiContext context, ReadView view, String arn) {
        Matcher matcher = match(arn);
        boolean here = matcher.group(1).equals(context.region().value())
                && matcher.group(2).equals(Arn.ACCOUNT);
        StreamDescriptor stream = here ? view.stream(matcher.group(3), matcher.group(4)) : null;
        if (stream == null || stream.expired(context.clock().millis())) {
            throw ApiException.resourceNotFound("Requested resource not found: Stream: " + arn + " not found");
        }
        return stream;
    }
}
