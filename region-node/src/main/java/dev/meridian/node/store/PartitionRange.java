package dev.meridian.node.store;

/**
 * Neighbouring partitions of a table's change rows.
 *
 * @param end the first one behind them
 */
public record PartitionRange(int first, int end) {
    public PartitionRange {
        if (first < 0 || end <= first) {
            throw new IllegalArgumentException("no partitions: " + first + " to " + end);
        }
    }
}
