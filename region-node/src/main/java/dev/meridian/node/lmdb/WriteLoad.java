package dev.meridian.node.lmdb;

import dev.meridian.model.TableId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** How many write units a second tables take, between the last two measurements. For one thread. */
final class WriteLoad {
    private static final double MILLIS_PER_SECOND = 1_000;

    private record Measured(long units, long millis, double perSecond) {}

    private Map<TableId, Measured> tables = new TreeMap<>();

    /** @param units that a table took so far */
    void measure(List<TableId> wanted, ToLongFunction<TableId> units, long nowMillis) {
        Map<TableId, Measured> measured = new TreeMap<>();
        for (TableId table : wanted) {
            long now = units.applyAsLong(table);
            Measured before = tables.getOrDefault(table, new Measured(now, nowMillis, 0));
            double seconds = (nowMillis - before.millis()) / MILLIS_PER_SECOND;
            measured.put(table, new Measured(now, nowMillis, seconds <= 0 ? 0 : (now - before.units()) / seconds));
        }
        tables = measured;
    }

    /** 0 for a table that was measured once or never. */
    double writtenPerSecond(TableId table) {
        Measured measured = tables.get(table);
        return measured == null ? 0 : measured.perSecond();
    }
}
