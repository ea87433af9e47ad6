package dev.meridian.streams;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON in memory, as a record's key or value. */
final class JsonBytes {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int FIRST_SIZE = 512;

    interface Content {
        void write(JsonGenerator out) throws IOException;
    }

    private JsonBytes() {}

    /** @param room expected to be enough for what is not small, in bytes */
    static Bytes of(int room, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIRST_SIZE + room);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            content.write(out);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return Bytes.wrap(bytes.toByteArray());
    }
}
