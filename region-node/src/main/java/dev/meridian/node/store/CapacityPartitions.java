package dev.meridian.node.store;

import dev.meridian.node.store.TableSettings.Throughput;
import org.jspecify.annotations.Nullable;

/**
 * How many partitions DynamoDB gives a table, as far as AWS says: its stream has a shard for each of them.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html">What one
 *     partition serves</a>
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html">On-demand
 *     mode</a>
 */
public final class CapacityPartitions {
    private static final double READ_UNITS = 3_000;
    private static final double WRITE_UNITS = 1_000;
    private static final double BYTES = 10L << 30;

    /** A new table on demand serves 4,000 write units or 12,000 read units a second at once. */
    private static final double ON_DEMAND = 4;

    private CapacityPartitions() {}

    /**
     * @param bytes of the table's items
     * @param writtenPerSecond write units that it takes, whatever it is provisioned with
     */
    public static int of(TableSettings settings, long bytes, double writtenPerSecond) {
        double byUnits = settings.isOnDemand()
                ? ON_DEMAND
                : settings.readCapacityUnits() / READ_UNITS + settings.writeCapacityUnits() / WRITE_UNITS;
        double byLoad = Math.max(bytes / BYTES, writtenPerSecond / WRITE_UNITS);
        double most = Math.max(Math.max(byUnits, warm(settings.warmThroughput())), byLoad);
        return (int) Math.max(1, Math.ceil(most));
    }

    /** A table is warm for so many reads or so many writes, not for both at once. */
    private static double warm(@Nullable Throughput asked) {
        return asked == null ? 0 : Math.max(asked.read() / READ_UNITS, asked.write() / WRITE_UNITS);
    }
}
