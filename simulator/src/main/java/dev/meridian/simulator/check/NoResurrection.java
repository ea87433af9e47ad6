package dev.meridian.simulator.check;

import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.util.HashMap;
import java.util.Map;

/** What is deleted does not come back by itself, neither for a moment nor for good. */
public final class NoResurrection {
    private static final String LAW = "no resurrection";

    private final Map<Place, Version> deleted = new HashMap<>();

    private record Place(RegionId region, TableId table, ItemKey key) {}

    /** A region has committed a write, its own or another's. */
    public void committed(RegionId region, WrittenItem write) {
        Place place = new Place(region, write.table(), write.key());
        Version before = deleted.get(place);
        if (write.isDelete()) {
            deleted.merge(place, write.version(), (one, other) -> one.compareTo(other) > 0 ? one : other);
            return;
        }
        LawBroken.unless(
                before == null || before.compareTo(write.version()) < 0,
                LAW,
                () -> "in " + region + ", " + write.key() + " was deleted by " + before + ", and came back as "
                        + write.version());
    }

    /** A region loads a table anew: what it held before does not count. */
    public void forget(RegionId region, TableId table) {
        deleted.keySet().removeIf(place -> place.region.equals(region) && place.table.equals(table));
    }

    /** A region's folder was replaced. */
    public void forget(RegionId region) {
        deleted.keySet().removeIf(place -> place.region.equals(region));
    }

    /** At the end, of one table in one region. */
    public static void check(Ledger ledger, TableId table, RegionId region, Holdings holdings) {
        ledger.highest(table)
                .forEach((key, last) -> LawBroken.unless(
                        !last.isDelete() || !holdings.items().containsKey(key),
                        LAW,
                        () -> region + " has " + key + " as " + holdings.items().get(key) + ", which " + last.version()
                                + " deleted"));
    }
}
