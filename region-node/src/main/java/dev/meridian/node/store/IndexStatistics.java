package dev.meridian.node.store;

/**
 * Exact counts, kept in the transactions that change the entries.
 *
 * @param itemBytes size of the projected items by DynamoDB's rules
 */
public record IndexStatistics(long items, long itemBytes) {
    public static final IndexStatistics NONE = new IndexStatistics(0, 0);

    public IndexStatistics plus(long moreItems, long moreBytes) {
        return new IndexStatistics(items + moreItems, itemBytes + moreBytes);
    }
}
