package dev.meridian.replicator;

import dev.meridian.model.Bytes;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a region knows of a global table: what never changes, its settings, and its members. Regions exchange it and {@link #merge}; as
 * merging is commutative, associative and idempotent, they come to know the same.
 *
 * @param autoScaling what was asked for, as JSON, by what it is for: kept and told, not looked into
 */
public record GlobalTable(
        TableId id,
        String name,
        KeySchema schema,
        int partitions,
        SharedSettings settings,
        SortedMap<RegionId, Member> members,
        SortedMap<String, Latest<String>> autoScaling) {
    public GlobalTable {
        autoScaling = Collections.unmodifiableSortedMap(new TreeMap<>(autoScaling));
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    public @Nullable Member member(RegionId region) {
        return members.get(region);
    }

    public GlobalTable with(RegionId region, Member member) {
        TreeMap<RegionId, Member> changed = new TreeMap<>(members);
        changed.put(region, member);
        return new GlobalTable(id, name, schema, partitions, settings, changed, autoScaling);
    }

    public GlobalTable with(SharedSettings newSettings) {
        return new GlobalTable(id, name, schema, partitions, newSettings, members, autoScaling);
    }

    public GlobalTable withAutoScaling(String of, Latest<String> asked) {
        TreeMap<String, Latest<String>> all = new TreeMap<>(autoScaling);
        all.put(of, asked);
        return new GlobalTable(id, name, schema, partitions, settings, members, all);
    }

    public GlobalTable merge(GlobalTable other) {
        TreeMap<RegionId, Member> merged = new TreeMap<>(members);
        other.members.forEach((region, member) -> merged.merge(region, member, Member::later));
        TreeMap<String, Latest<String>> asked = new TreeMap<>(autoScaling);
        other.autoScaling.forEach((of, theirs) -> asked.merge(of, theirs, Latest::later));
        return new GlobalTable(id, name, schema, partitions, settings.later(other.settings), merged, asked);
    }

    public Bytes encode() {
        return GlobalTableCodec.encode(this);
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static GlobalTable decode(Bytes bytes) {
        return GlobalTableCodec.decode(bytes);
    }
}
