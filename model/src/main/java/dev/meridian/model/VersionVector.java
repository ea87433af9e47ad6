package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * For some regions, the clock up to which their writes are included; a region that is not named has none included. The
 * causal context of an item and the applied vector of a region are both of this kind.
 */
public record VersionVector(SortedMap<RegionId, HybridTimestamp> entries) {
    public static final VersionVector EMPTY = new VersionVector(new TreeMap<>());

    public VersionVector {
        TreeMap<RegionId, HybridTimestamp> copy = new TreeMap<>(entries);
        copy.values().removeIf(HybridTimestamp.ZERO::equals);
        entries = Collections.unmodifiableSortedMap(copy);
    }

    public static VersionVector of(Map<RegionId, HybridTimestamp> entries) {
        return new VersionVector(new TreeMap<>(entries));
    }

    public HybridTimestamp get(RegionId region) {
        return entries.getOrDefault(region, HybridTimestamp.ZERO);
    }

    public boolean includes(Version version) {
        return get(version.region()).compareTo(version.time()) >= 0;
    }

    public boolean includes(VersionVector other) {
        return other.entries.entrySet().stream()
                .allMatch(entry -> get(entry.getKey()).compareTo(entry.getValue()) >= 0);
    }

    /** The least vector that includes both: commutative, associative, idempotent. */
    public VersionVector join(VersionVector other) {
        if (other.entries.isEmpty() || equals(other)) {
            return this;
        }
        TreeMap<RegionId, HybridTimestamp> joined = new TreeMap<>(entries);
        other.entries.forEach((region, time) -> joined.merge(region, time, VersionVector::later));
        return new VersionVector(joined);
    }

    /** The latest clock in it. */
    public HybridTimestamp latest() {
        return entries.values().stream().reduce(HybridTimestamp.ZERO, VersionVector::later);
    }

    /** This vector, with {@code version} included. */
    public VersionVector with(Version version) {
        if (includes(version)) {
            return this;
        }
        TreeMap<RegionId, HybridTimestamp> more = new TreeMap<>(entries);
        more.put(version.region(), version.time());
        return new VersionVector(more);
    }

    public VersionVector without(RegionId region) {
        if (!entries.containsKey(region)) {
            return this;
        }
        TreeMap<RegionId, HybridTimestamp> fewer = new TreeMap<>(entries);
        fewer.remove(region);
        return new VersionVector(fewer);
    }

    public void encode(ByteSink out) {
        out.putVarint(entries.size());
        entries.forEach((region, time) -> out.putText(region.value()).putLong(time.bits()));
    }

    static void skip(ByteBuffer in) {
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            ByteSink.skipSized(in);
            in.getLong();
        }
    }

    public static VersionVector decode(ByteBuffer in) {
        long count = ByteSink.getVarint(in);
        if (count == 0) {
            return EMPTY;
        }
        TreeMap<RegionId, HybridTimestamp> entries = new TreeMap<>();
        for (long i = 0; i < count; i++) {
            RegionId region = new RegionId(ByteSink.getText(in));
            entries.put(region, new HybridTimestamp(in.getLong()));
        }
        return new VersionVector(entries);
    }

    private static HybridTimestamp later(HybridTimestamp a, HybridTimestamp b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
