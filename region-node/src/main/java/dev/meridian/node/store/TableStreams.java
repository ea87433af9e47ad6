package dev.meridian.node.store;

import dev.meridian.streams.SequenceNumber;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The streams that a table has had: one at a time is enabled, and what it shows is never changed. */
public final class TableStreams {
    private static final DateTimeFormatter LABEL = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private TableStreams() {}

    /** The stream that a table has, or had last; null if none is kept. */
    public static @Nullable StreamDescriptor latest(ReadView view, TableDescriptor table) {
        List<StreamDescriptor> streams = view.streams(table.name()).stream()
                .filter(stream -> stream.tableNumber() == table.number())
                .toList();
        return streams.stream()
                .filter(StreamDescriptor::enabled)
                .findFirst()
                .orElse(streams.isEmpty() ? null : streams.get(streams.size() - 1));
    }

    /** What the table's stream shows; empty if none is enabled. */
    public static Optional<StreamViewType> viewType(ReadView view, TableDescriptor table) {
        return Optional.ofNullable(latest(view, table))
                .filter(StreamDescriptor::enabled)
                .map(StreamDescriptor::viewType);
    }

    /**
     * Enables or disables the table's stream, or has another take its place. One that is as wanted goes on. One begins with
     * the next change and ends with the last.
     *
     * @param wanted empty for none
     */
    public static void change(WriteView view, TableDescriptor table, Optional<StreamViewType> wanted, long nowMillis) {
        if (wanted.equals(viewType(view, table))) {
            return;
        }
        StreamDescriptor latest = latest(view, table);
        if (latest != null && latest.enabled()) {
            end(view, latest, nowMillis);
        }
        if (wanted.isPresent()) {
            long labelled = nowMillis;
            while (view.stream(table.name(), label(labelled)) != null) {
                labelled++;
            }
            int shards = CapacityPartitions.of(
                    table.settings(), view.statistics(table).itemBytes(), 0);
            view.putStream(
                    StreamDescriptor.begin(table, label(labelled), wanted.get(), nowMillis, view.last(), shards));
        }
    }

    /** The stream ends with the last change. */
    public static void end(WriteView view, StreamDescriptor stream, long nowMillis) {
        view.putStream(stream.ended(nowMillis, lastOfShards(view, stream)));
    }

    /**
     * Has the stream begin a new generation if one is due, and forget what is too old.
     *
     * @param shards as many as the table's partitions would be at DynamoDB
     */
    public static void roll(WriteView view, StreamDescriptor stream, long nowMillis, int shards) {
        SequenceNumber last =
                stream.isGenerationDue(nowMillis, shards) ? lastOfShards(view, stream) : SequenceNumber.NONE;
        view.putStream(stream.rolled(nowMillis, last, shards));
    }

    /** Where open shards end: at the last change, or at a number that no change has, not to end before they begin. */
    private static SequenceNumber lastOfShards(WriteView view, StreamDescriptor stream) {
        SequenceNumber last = view.last();
        return last.compareTo(stream.newest().after()) > 0 ? last : view.skipNumber();
    }

    private static String label(long millis) {
        return LABEL.format(Instant.ofEpochMilli(millis));
    }
}
