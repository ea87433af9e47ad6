package dev.meridian.node.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.node.api.ApiException;
import dev.meridian.streams.AttributeJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An error as it goes over the wire. */
record ErrorAnswer(
        int status,
        String wireType,
        String message,
        @Nullable Item item) {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorAnswer.class);
    private static final JsonFactory JSON = new JsonFactory();

    static ErrorAnswer of(FrameworkError error, String message) {
        return new ErrorAnswer(error.httpStatus(), error.wireType(), message, null);
    }

    /** Of whatever was thrown. What nobody expects is a bug: logged, and told without its particulars. */
    static ErrorAnswer of(String what, Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ApiException api) {
            return new ErrorAnswer(api.code().httpStatus(), api.code().wireType(), api.getMessage(), api.item());
        }
        if (cause instanceof RefusedException refused) {
            return of(refused.error(), refused.getMessage());
        }
        LOG.error("{} failed", what, cause);
        return of(FrameworkError.INTERNAL_SERVER_ERROR, "The request processing has failed: a bug in Meridian");
    }

    byte[] json() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeStringField("__type", wireType);
            if (!message.isEmpty()) {
                // The service framework's own errors spell it so, the table service's with a small letter.
                boolean framework = wireType.startsWith("com.amazon.coral.service#Serial");
                out.writeStringField(framework ? "Message" : "message", message);
            }
            if (item != null) {
                out.writeFieldName("Item");
                AttributeJson.write(item, out);
            }
            out.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }
}
