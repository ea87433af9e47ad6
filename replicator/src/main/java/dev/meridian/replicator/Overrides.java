package dev.meridian.replicator;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one replica has its own way. What is null is as all have it.
 *
 * @param maxReads most read requests per second when on demand
 * @param tableClass under its name on the wire
 * @param kmsKey keys are of one region, so each replica names its own
 * @param indexes by name; one that the table does not have does no harm
 */
public record Overrides(
        @Nullable Long readCapacityUnits,
        @Nullable Long maxReads,
        @Nullable String tableClass,
        @Nullable String kmsKey,
        SortedMap<String, IndexReads> indexes) {
    public static final Overrides NONE = new Overrides(null, null, null, null, new TreeMap<>());

    /** What one replica's index has its own way. */
    public record IndexReads(
            @Nullable Long readCapacityUnits, @Nullable Long maxReads) {}

    public Overrides {
        indexes = Collections.unmodifiableSortedMap(new TreeMap<>(indexes));
    }

    /** With what {@code change} says, and what it does not say as it was. */
    public Overrides with(Overrides change) {
        TreeMap<String, IndexReads> all = new TreeMap<>(indexes);
        change.indexes.forEach((name, reads) -> all.merge(
                name,
                reads,
                (old, next) -> new IndexReads(
                        or(next.readCapacityUnits, old.readCapacityUnits), or(next.maxReads, old.maxReads))));
        return new Overrides(
                or(change.readCapacityUnits, readCapacityUnits),
                or(change.maxReads, maxReads),
                or(change.tableClass, tableClass),
                or(change.kmsKey, kmsKey),
                all);
    }

    private static <T> @Nullable T or(@Nullable T first, @Nullable T second) {
        return first != null ? first : second;
    }

    public Overrides withReadCapacityUnits(@Nullable Long units) {
        return new Overrides(units, maxReads, tableClass, kmsKey, indexes);
    }

    public Overrides withMaxReads(@Nullable Long requests) {
        return new Overrides(readCapacityUnits, requests, tableClass, kmsKey, indexes);
    }

    public Overrides withTableClass(@Nullable String newClass) {
        return new Overrides(readCapacityUnits, maxReads, newClass, kmsKey, indexes);
    }

    public Overrides withKmsKey(@Nullable String key) {
        return new Overrides(readCapacityUnits, maxReads, tableClass, key, indexes);
    }

    /** @param reads null: as all have it */
    public Overrides withIndex(String name, @Nullable IndexReads reads) {
        TreeMap<String, IndexReads> all = new TreeMap<>(indexes);
        if (reads == null) {
            all.remove(name);
        } else {
            all.put(name, reads);
        }
        return new Overrides(readCapacityUnits, maxReads, tableClass, kmsKey, all);
    }
}
