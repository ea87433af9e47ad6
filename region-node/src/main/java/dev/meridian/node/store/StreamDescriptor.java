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
 * <p>It is cut into generations by time, and each generation into shards, which are neighbouring partitions of the table.
 * The shards of a generation are those of the one before or parts of them.
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
     * @param shards how many it has
     * @param parentShards how many the generation before has; 0 for the first one
     */
    public record Generation(
            int number, long beganMillis, long parentBeganMillis, SequenceNumber after, int shards, int parentShards) {
        /** Before there were numbers of shards, each partition was one. */
        private Generation readWith(int partitions) {
            return shards > 0
                    ? this
                    : new Generation(
                            number, beganMillis, parentBeganMillis, after, partitions, number == 0 ? 0 : partitions);
        }
    }

    public StreamDescriptor {
        int all = partitions;
        generations = generations.stream().map(each -> each.readWith(all)).toList();
        if (generations.isEmpty()) {
            throw new IllegalArgumentException("a stream has at least one generation");
        }
    }

    /**
     * @param after the last change that is not the stream's
     * @param shards that it is to have; there are no more than partitions
     */
    public static StreamDescriptor begin(
            TableDescriptor table,
            String label,
            StreamViewType viewType,
            long nowMillis,
            SequenceNumber after,
            int shards) {
        return new StreamDescriptor(
                table.number(),
                table.id(),
                table.name(),
                table.schema(),
                table.partitions(),
                label,
                viewType,
                nowMillis,
                List.of(new Generation(0, nowMillis, 0, after, Math.min(shards, table.partitions()), 0)),
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

    /** Whether the last generation is old enough, or has too few shards. */
    public boolean isGenerationDue(long nowMillis, int shards) {
        Generation newest = newest();
        return enabled()
                && (newest.beganMillis() + GENERATION.toMillis() <= nowMillis || grown(shards) > newest.shards());
    }

    /**
     * With a new generation if one is due, and without those of which all records are too old. The same object if nothing
     * changes.
     *
     * @param shards that there should be at least: those that there are become twice as many until they are enough, or as
     *     many as there are partitions. They never become fewer
     */
    public StreamDescriptor rolled(long nowMillis, SequenceNumber last, int shards) {
        List<Generation> kept = new ArrayList<>(generations);
        while (kept.size() > 1 && kept.get(1).beganMillis() + RETENTION.toMillis() <= nowMillis) {
            kept.remove(0);
        }
        if (isGenerationDue(nowMillis, shards)) {
            Generation newest = newest();
            // The ids of shards are in the order of these times.
            long beganMillis = Math.max(nowMillis, newest.beganMillis() + 1);
            kept.add(new Generation(
                    newest.number() + 1, beganMillis, newest.beganMillis(), last, grown(shards), newest.shards()));
        }
        return kept.equals(generations) ? this : with(kept, end, endedMillis);
    }

    public Generation newest() {
        return generations.get(generations.size() - 1);
    }

    private int grown(int shards) {
        int grown = newest().shards();
        while (grown < shards && grown < partitions) {
            grown = Math.min(2 * grown, partitions);
        }
        return grown;
    }

    /**
     * One of so many shards into which the partitions are cut as evenly as goes. Where they are cut into so many, they are
     * cut for twice as many too.
     */
    public PartitionRange shard(int number, int shards) {
        return new PartitionRange(number * partitions / shards, (number + 1) * partitions / shards);
    }

    /** That of so many shards which has a partition. */
    public PartitionRange shardOf(int partition, int shards) {
        return shard(((partition + 1) * shards - 1) / partitions, shards);
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
