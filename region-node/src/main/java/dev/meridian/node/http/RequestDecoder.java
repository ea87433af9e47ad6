package dev.meridian.node.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.io.IOException;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What a POST asks for, and of which region. Refuses in DynamoDB's order: the body's syntax, the target, the
 * credentials, an empty body. The syntax is only looked at here if something else is wrong: the operation parses it
 * anyway.
 */
final class RequestDecoder {
    /** As the operations parse: names of strangers do not fill the JVM's own table. */
    static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final int GUESSED_BYTES = 4;

    private RequestDecoder() {}

    /**
     * A request that an operation may have.
     *
     * @param region that it is signed for
     */
    record Call(Service service, String operation, String region) {}

    static boolean isJson(String contentType) {
        return contentType.equals("application/json") || contentType.equals("application/x-amz-json-1.0");
    }

    static Call decode(RequestHead head, byte[] body, BiPredicate<Service, String> operations) {
        try {
            Call call = call(head, operations);
            if (body.length == 0 || !mayBeUtf8(body)) {
                throw new ApiException(ErrorCode.SERIALIZATION, "");
            }
            return call;
        } catch (ApiException refused) {
            if (body.length > 0 && !isJson(body)) {
                throw new ApiException(ErrorCode.SERIALIZATION, "");
            }
            throw refused;
        }
    }

    private static Call call(RequestHead head, BiPredicate<Service, String> operations) {
        @Nullable String target = head.header("X-Amz-Target");
        int dot = target == null ? -1 : target.indexOf('.');
        if (target == null || dot < 0) {
            throw new ApiException(ErrorCode.UNKNOWN_OPERATION, "");
        }
        Service service = Service.ofTarget(target.substring(0, dot));
        String operation = target.substring(dot + 1);
        if (service == null || !operations.test(service, operation)) {
            throw new ApiException(ErrorCode.UNKNOWN_OPERATION, "");
        }
        return new Call(service, operation, Credentials.region(head));
    }

    /** JSON is UTF-8 on the wire: a parser that guesses others from the first bytes is not to see them. */
    private static boolean mayBeUtf8(byte[] body) {
        for (int i = 0; i < Math.min(body.length, GUESSED_BYTES); i++) {
            if (body[i] == 0 || body[i] == (byte) 0xfe || body[i] == (byte) 0xff) {
                return false;
            }
        }
        return true;
    }

    private static boolean isJson(byte[] body) {
        if (!mayBeUtf8(body)) {
            return false;
        }
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException broken) {
            return false;
        }
    }
}
