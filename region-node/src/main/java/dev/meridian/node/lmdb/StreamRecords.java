package dev.meridian.node.lmdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.store.StreamDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Stream descriptors as they are stored: JSON with a format number. */
final class StreamRecords {
    private static final int FORMAT = 1;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private StreamRecords() {}

    private record Stored(int format, StreamDescriptor stream) {}

    static ByteBuffer encode(StreamDescriptor stream) {
        try {
            return Keys.direct(JSON.writeValueAsBytes(new Stored(FORMAT, stream)));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static StreamDescriptor decode(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        try {
            Stored stored = JSON.readValue(copy, Stored.class);
            if (stored.format() != FORMAT) {
                throw new IllegalStateException(
                        "stream descriptor of format " + stored.format() + "; this release reads " + FORMAT);
            }
            return stored.stream();
        } catch (IOException unreadable) {
            throw new IllegalStateException("stream descriptor cannot be read", unreadable);
        }
    }
}
