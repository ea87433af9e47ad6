package dev.meridian.replicator;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a global table is set up everywhere, besides its key. Groups of settings that only make sense together have one
 * version each, and so has each global secondary index: in each group the later change wins. So regions that change
 * different things while they cannot hear each other both get what they asked for; if all were one group, an index that
 * one of them built would go because the other switched on expiry.
 *
 * @param timeToLive the attribute that says when an item expires; empty if none does
 * @param encrypted by a key of the key service; which one is each member's own
 * @param warmThroughput that was asked for; empty for what every table has
 * @param tableClass under its name on the wire; a replica may have its own
 * @param stream what the records of each region's stream show, under its name on the wire; empty if there is none. The
 *     streams themselves are each region's own
 * @param globalIndexes by name; empty for one that was deleted
 * @param localIndexes fixed when the table is made
 */
public record SharedSettings(
        Latest<Capacity> capacity,
        Latest<Optional<String>> timeToLive,
        Latest<Boolean> encrypted,
        Latest<Optional<Units>> warmThroughput,
        Latest<String> tableClass,
        Latest<Optional<String>> stream,
        SortedMap<String, Latest<Optional<SharedIndex>>> globalIndexes,
        List<SharedIndex> localIndexes) {
    /**
     * What is paid for.
     *
     * @param onDemand billed by request; otherwise by the capacity units, which are 0 when on demand
     * @param readCapacityUnits of a replica that has no number of its own
     * @param maxReads most requests per second when on demand, of a replica that has no number of its own; -1 for no
     *     limit
     * @param maxWrites likewise
     */
    public record Capacity(
            boolean onDemand, long readCapacityUnits, long writeCapacityUnits, long maxReads, long maxWrites) {}

    /** Units per second. A part that was not given is -1. */
    public record Units(long read, long write) {}

    /** Most global indexes of a table. */
    public static final int GLOBAL_INDEXES_MAX = 20;

    /** Most attributes that all indexes of a table show by name, together. */
    public static final int PROJECTED_ATTRIBUTES_MAX = 100;

    public SharedSettings {
        globalIndexes = Collections.unmodifiableSortedMap(new TreeMap<>(globalIndexes));
        localIndexes = List.copyOf(localIndexes);
    }

    public SharedSettings withCapacity(Latest<Capacity> changed) {
        return new SharedSettings(
                changed, timeToLive, encrypted, warmThroughput, tableClass, stream, globalIndexes, localIndexes);
    }

    public SharedSettings withTimeToLive(Latest<Optional<String>> changed) {
        return new SharedSettings(
                capacity, changed, encrypted, warmThroughput, tableClass, stream, globalIndexes, localIndexes);
    }

    public SharedSettings withEncrypted(Latest<Boolean> changed) {
        return new SharedSettings(
                capacity, timeToLive, changed, warmThroughput, tableClass, stream, globalIndexes, localIndexes);
    }

    public SharedSettings withWarmThroughput(Latest<Optional<Units>> changed) {
        return new SharedSettings(
                capacity, timeToLive, encrypted, changed, tableClass, stream, globalIndexes, localIndexes);
    }

    public SharedSettings withTableClass(Latest<String> changed) {
        return new SharedSettings(
                capacity, timeToLive, encrypted, warmThroughput, changed, stream, globalIndexes, localIndexes);
    }

    /** @param changed empty if it was disabled */
    public SharedSettings withStream(Latest<Optional<String>> changed) {
        return new SharedSettings(
                capacity, timeToLive, encrypted, warmThroughput, tableClass, changed, globalIndexes, localIndexes);
    }

    /** @param changed empty if it was deleted */
    public SharedSettings withGlobalIndex(String name, Latest<Optional<SharedIndex>> changed) {
        TreeMap<String, Latest<Optional<SharedIndex>>> indexes = new TreeMap<>(globalIndexes);
        indexes.put(name, changed);
        return new SharedSettings(
                capacity, timeToLive, encrypted, warmThroughput, tableClass, stream, indexes, localIndexes);
    }

    /** As they apply: without the indexes that are excluded, and without units of indexes where requests are billed. */
    SharedSettings inForce(Set<String> excluded) {
        SharedSettings inForce = this;
        for (Map.Entry<String, Latest<Optional<SharedIndex>>> entry : globalIndexes.entrySet()) {
            Latest<Optional<SharedIndex>> index = entry.getValue();
            Optional<SharedIndex> applies = excluded.contains(entry.getKey())
                    ? Optional.empty()
                    : index.value().map(units -> capacity.value().onDemand() ? units.withCapacity(0, 0) : units);
            if (!applies.equals(index.value())) {
                inForce = inForce.withGlobalIndex(entry.getKey(), new Latest<>(index.version(), applies));
            }
        }
        return inForce;
    }

    SharedSettings later(SharedSettings other) {
        TreeMap<String, Latest<Optional<SharedIndex>>> indexes = new TreeMap<>(globalIndexes);
        other.globalIndexes.forEach((name, index) -> indexes.merge(name, index, Latest::later));
        return new SharedSettings(
                capacity.later(other.capacity),
                timeToLive.later(other.timeToLive),
                encrypted.later(other.encrypted),
                warmThroughput.later(other.warmThroughput),
                tableClass.later(other.tableClass),
                stream.later(other.stream),
                indexes,
                localIndexes);
    }
}
