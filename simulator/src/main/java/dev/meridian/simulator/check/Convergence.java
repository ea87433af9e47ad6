package dev.meridian.simulator.check;

import dev.meridian.model.RegionId;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;

/** When nothing is written any more and everything works, all regions hold the same. */
public final class Convergence {
    private static final String LAW = "regions converge";

    private Convergence() {}

    /** @param holdings of all regions that have the table */
    public static void check(String table, SortedMap<RegionId, Holdings> holdings) {
        RegionId first = null;
        for (Map.Entry<RegionId, Holdings> other : holdings.entrySet()) {
            if (first == null) {
                first = other.getKey();
                continue;
            }
            RegionId one = first;
            var here = Objects.requireNonNull(holdings.get(one)).items();
            var there = other.getValue().items();
            here.forEach((key, held) -> LawBroken.unless(
                    held.equals(there.get(key)),
                    LAW,
                    () -> "of " + table + ", " + one + " has " + key + " as " + held + ", and " + other.getKey()
                            + " as " + there.get(key)));
            there.forEach((key, held) -> LawBroken.unless(
                    here.containsKey(key),
                    LAW,
                    () -> "of " + table + ", " + other.getKey() + " has " + key + " as " + held + ", and " + one
                            + " has nothing"));
        }
    }
}
