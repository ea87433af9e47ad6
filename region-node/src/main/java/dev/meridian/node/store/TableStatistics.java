package dev.meridian.node.store;

/**
 * Exact counts, kept in the transactions that change the items.
 *
 * @param itemBytes size of the items as stored, without keys and bookkeeping
 * @param tombstoneBytes size of the tombstones' keys and stamps
 */
public record TableStatistics(long items, long itemBytes, long tombstones, long tombstoneBytes) {
    public static final TableStatistics NONE = new TableStatistics(0, 0, 0, 0);

    public TableStatistics plus(long moreItems, long moreBytes, long moreTombstones, long moreTombstoneBytes) {
        return new TableStatistics(
                items + moreItems,
                itemBytes + moreBytes,
                tombstones + moreTombstones,
                tombstoneBytes + moreTombstoneBytes);
    }
}
