package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One kind of clients. They send at their rate whether answers come or not: an open loop.
 *
 * @param table that it works with
 * @param records there before the load begins: items, sessions, players, carts, accounts
 * @param itemBytes about how large an item is
 * @param ratePerSecond by the region where the clients live: operations a second, Poisson
 * @param start since the load began
 * @param stop since the load began
 */
public record WorkloadSpec(
        String name,
        WorkloadKind kind,
        String table,
        int records,
        KeyDistribution keys,
        ByteRange itemBytes,
        SortedMap<RegionId, Double> ratePerSecond,
        Duration start,
        Duration stop) {
    public static final int RECORDS_DEFAULT = 1_000;
    public static final int RECORDS_MAX = 10_000_000;

    public WorkloadSpec {
        ratePerSecond = Collections.unmodifiableSortedMap(new TreeMap<>(ratePerSecond));
    }
}
