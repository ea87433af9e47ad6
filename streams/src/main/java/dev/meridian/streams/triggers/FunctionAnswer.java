package dev.meridian.streams.triggers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What came of a call.
 *
 * @param status of HTTP; 0 if there was no answer
 * @param said what the function returned, or why there is no answer
 */
public record FunctionAnswer(Kind kind, int status, String said) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final int SAID_CHARS_MAX = 200;

    /** Lambda tells failures of the function from those to call it at all: only the former use up retries. */
    public enum Kind {
        RETURNED,
        FAILED,
        /** Not there, or has no time. */
        UNAVAILABLE
    }

    /**
     * Of an HTTP response.
     *
     * @param functionError the header {@code X-Amz-Function-Error}
     */
    public static FunctionAnswer of(int status, @Nullable String functionError, String body) {
        if (status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE) {
            return new FunctionAnswer(Kind.UNAVAILABLE, status, body);
        }
        boolean returned = status >= 200 && status < 300 && functionError == null && !isErrorOfRuntime(body);
        return new FunctionAnswer(returned ? Kind.RETURNED : Kind.FAILED, status, body);
    }

    public static FunctionAnswer failed(String why) {
        return new FunctionAnswer(Kind.FAILED, 0, why);
    }

    public static FunctionAnswer unavailable(String why) {
        return new FunctionAnswer(Kind.UNAVAILABLE, 0, why);
    }

    /** Lambda's runtime interface emulator, in AWS's base images, answers 200 to all of these. */
    private static boolean isErrorOfRuntime(String body) {
        if (body.startsWith("Task timed out after ")) {
            return true;
        }
        if (!body.contains("\"errorType\"")) {
            return false;
        }
        JsonNode json = json(body);
        return json != null && json.has("errorType") && json.has("errorMessage");
    }

    /** Null if it is not JSON. */
    static @Nullable JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException other) {
            return null;
        }
    }

    /** Whether there was an answer at all. */
    OptionalInt httpStatus() {
        return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
    }

    /** One short line for a person. */
    String line() {
        String text = said.strip().replaceAll("\\s+", " ");
        String cut = text.length() <= SAID_CHARS_MAX ? text : text.substring(0, SAID_CHARS_MAX) + "…";
        return status == 0 ? cut : cut.isEmpty() ? "HTTP " + status : "HTTP " + status + ": " + cut;
    }
}
