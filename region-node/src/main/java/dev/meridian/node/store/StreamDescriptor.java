package dev.meridian.node.store;

import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;
import dev.meridian.streams.SequenceNumber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream of the DynamoDB Streams API: a window upon the change rows of a table, from the change behind which it began
 * to the last one before it ended. It outlives its end, and its table, by {@link #RETENTION}.
 *
 * <p>It is cut into generations by time; each partition of each generation is a shard.
 *
 * @param tableNumber under which the rows are kept
 * @param label unique among the streams of a table's name
 * @param createdMillis milliseconds since 1970
 * @param generations those that may still hold records, in order; never empty
 * @param end its last change; null while the stream is enabled
 * @param endedMillis milliseconds since 1970; 0 while the stream is enabled
 */
public record StreamDescriptor(
        int tableNumber,
        TableId tableId,
        String tableName,
        KeySchema schema,
        int partitions,
        String label,
        StreamViewType viewType,
        long createdMillis,
        List<Generation> generations,
        @Nullable SequenceNumber end,
        long endedMillis) {
    /** How long DynamoDB keeps records. */
    public static final Duration RETENTION = Duration.ofHours(24);

    /** How long DynamoDB writes to a shard before another takes its place. */
    public static final Duration GENERATION = Duration.ofHours(4);

    /**
     * A stretch of a stream.
     *
     * @param number from 0, one by one
     * @param beganMillis milliseconds since 1970
     * @param parentBeganMillis when the generation before began; 0 for the first one
     * @param after the last change before it
     */
    public record Generation(int number, long beganMillis, long parentBeganMillis, SequenceNumber after) {}

    public StreamDescriptor {
        generations = List.copyOf(generations);
        if (generations.isEmpty()) {
            throw new IllegalArgumentException("a stream has at least one generation");
        }
    }

    /** @param after the last change that is not the stream's */
    public static StreamDescriptor begin(
            TableDescriptor table, String label, StreamViewType viewType, long nowMillis, SequenceNumber after) {
        return new StreamDescriptor(
                table.number(),
                table.id(),
                table.name(),
                table.schema(),
                table.partitions(),
                label,
                viewType,
                nowMillis,
                List.of(new Generation(0, nowMillis, 0, after)),
                null,
                0);
    }

    public boolean enabled() {
        return end == null;
    }

    /** Whether the last of its records is too old to be kept. */
    public boolean expired(long nowMillis) {
        return !enabled() && endedMillis + RETENTION.toMillis() <= nowMillis;
    }

    public StreamDescriptor ended(long nowMillis, SequenceNumber last) {
        return with(generations, last, nowMillis);
    }

    /**
     * With a new generation if the last one is old enough, and without those of which all records are too old. The same
     * object if nothing changes.
     */
    public StreamDescriptor rolled(long nowMillis, SequenceNumber last) {
        List<Generation> kept = new ArrayList<>(generations);
        while (kept.size() > 1 && kept.get(1).beganMillis() + RETENTION.toMillis() <= nowMillis) {
            kept.remove(0);
        }
        Generation newest = kept.get(kept.size() - 1);
        if (enabled() && newest.beganMillis() + GENERATION.toMillis() <= nowMillis) {
            kept.add(new Generation(newest.number() + 1, nowMillis, newest.beganMillis(), last));
        }
        return kept.equals(generations) ? this : with(kept, end, endedMillis);
    }

    private StreamDescriptor with(List<Generation> nowKept, @Nullable SequenceNumber nowEnd, long nowEndedMillis) {
        return new StreamDescriptor(
                tableNumber,
                tableId,
                tableName,
                schema,
                partitions,
                label,
                viewType,
                createdMillis,
                nowKept,
                nowEnd,
                nowEndedMillis);
    }

    /** The last change of a generation; null while it goes on. */
    public @Nullable SequenceNumber endOf(Generation generation) {
        int next = generations.indexOf(generation) + 1;
        return next < generations.size() ? generations.get(next).after() : end;
    }
}
