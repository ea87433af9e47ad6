package dev.meridian.simulator.check;

import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Each version that a region issues is above all that it issued before; what a region holds under a key only rises. */
public final class VersionsGrow {
    private static final String LAW = "versions grow";

    private final Map<RegionId, Version> issued = new TreeMap<>();
    private final Map<RegionId, Map<TableId, Map<ItemKey, Version>>> held = new TreeMap<>();

    /** A region has committed a write of its own, behind all others of its own. */
    public void issued(Version version) {
        Version before = issued.put(version.region(), version);
        LawBroken.unless(
                before == null || before.compareTo(version) < 0,
                LAW,
                () -> version.region() + " issued " + version + " behind " + before);
    }

    /** A region now holds a version under a key. */
    public void held(RegionId region, TableId table, ItemKey key, Version version) {
        Version before = held.computeIfAbsent(region, unused -> new TreeMap<>())
                .computeIfAbsent(table, unused -> new HashMap<>())
                .put(key, version);
        LawBroken.unless(
                before == null || before.compareTo(version) < 0,
                LAW,
                () -> "in " + region + ", " + version + " took the place of " + before + " under " + key);
    }

    /**
     * A region's folder was replaced.
     *
     * @param issued the last version of it that anybody still has; null if nobody has any
     */
    public void forget(RegionId region, @Nullable Version issued) {
        held.remove(region);
        if (issued == null) {
            this.issued.remove(region);
        } else {
            this.issued.put(region, issued);
        }
    }

    /** A region loads a table anew. */
    public void forget(RegionId region, TableId table) {
        held.getOrDefault(region, new TreeMap<>()).remove(table);
    }
}
