package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.streams.RawJson;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A successful answer. Its JSON is made when it is asked for, so that the store's writer does not do it. */
@FunctionalInterface
public interface Reply {
    JsonFactory JSON = new JsonFactory();

    /** An object without members. */
    Reply EMPTY = () -> new byte[] {'{', '}'};

    /** Nothing at all, as the operations answer that have no output. */
    Reply WITHOUT_BODY = () -> new byte[0];

    /** The fields of the answer's object. */
    @FunctionalInterface
    interface Fields {
        void write(JsonGenerator out) throws IOException;
    }

    byte[] json();

    /** Made now: for what only a snapshot holds. */
    static Reply now(Fields fields) {
        byte[] bytes = write(fields);
        return () -> bytes;
    }

    static Reply later(Fields fields) {
        return () -> write(fields);
    }

    private static byte[] write(Fields fields) {
        return value(out -> {
            out.writeStartObject();
            fields.write(out);
            out.writeEndObject();
        });
    }

    /** One value of an answer, made now: for what only a snapshot holds. */
    static byte[] value(Fields value) {
        AnswerBytes bytes = new AnswerBytes();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            value.write(out);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }

    /** Puts a value that {@link #value} made into an answer. */
    static void writeValue(byte[] value, JsonGenerator out) throws IOException {
        out.writeRawValue(new RawJson(value));
    }
}
