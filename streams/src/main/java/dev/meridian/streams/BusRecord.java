package dev.meridian.streams;

import dev.meridian.model.Bytes;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A record on the bus.
 *
 * @param offset its place in the partition; -1 before it is appended
 * @param timestampMillis when it was made, milliseconds since 1970
 * @param headers by name, UTF-8 text
 * @param value null deletes the key in a compacted topic
 */
public record BusRecord(
        TopicPartition at,
        long offset,
        long timestampMillis,
        @Nullable Bytes key,
        @Nullable Bytes value,
        SortedMap<String, String> headers) {
    public BusRecord {
        headers = Collections.unmodifiableSortedMap(new TreeMap<>(headers));
    }

    public static BusRecord outgoing(
            TopicPartition to,
            long timestampMillis,
            @Nullable Bytes key,
            @Nullable Bytes value,
            SortedMap<String, String> headers) {
        return new BusRecord(to, -1, timestampMillis, key, value, headers);
    }
}
