package dev.meridian.node.lmdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.store.StreamDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Stream descriptors as they are stored: JSON with a format number. */
final class StreamRecords {
    /** A shard for each partition. */
    private static final int FORMAT = 1;

    /** With fewer shards, which a release that does not know them would show as other ones. */
    private static final int FORMAT_WITH_SHARDS = 2;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private StreamRecords() {}

    private record Stored(int format, StreamDescriptor stream) {}

    static ByteBuffer encode(StreamDescriptor stream) {
        try {
            return Keys.direct(JSON.writeValueAsBytes(new Stored(format(stream), stream)));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static int format(StreamDescriptor stream) {
        return stream.generations().stream().allMatch(each -> each.shards() == stream.partitions())
                ? FORMAT
                : FORMAT_WITH_SHARDS;
    }

    static StreamDescriptor decode(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        try {
            Stored stored = JSON.readValue(copy, Stored.class);
            if (stored.format() < FORMAT || stored.format() > FORMAT_WITH_SHARDS) {
                throw new IllegalStateException("stream descriptor of format " + stored.format()
                        + "; this release reads up to " + FORMAT_WITH_SHARDS);
            }
            return stored.stream();
        } catch (IOException unreadable) {
            throw new IllegalStateException("stream descriptor cannot be read", unreadable);
        }
    }
}
