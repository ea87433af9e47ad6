package dev.meridian.streams;

import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;

/**
 * One partition of a table's changes: the same in the store, in the replication topic and in the stream topic.
 *
 * @param partition from 0 to {@code partitions} - 1
 */
public record ChangePartition(TableId tableId, String table, KeySchema schema, int partition, int partitions) {}
