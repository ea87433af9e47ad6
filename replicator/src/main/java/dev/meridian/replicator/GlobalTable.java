package dev.meridian.replicator;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a region knows of a global table: what never changes, its settings, and its members. Regions exchange it and {@link #merge}; as
 * merging is commutative, associative and idempotent, they come to know the same.
 *
 * @param autoScaling what was asked for, as JSON, by what it is for: kept and told, not looked into
 * @param voided by region, what it has taken back: only ever more
 */
public record GlobalTable(
        TableId id,
        String name,
        KeySchema schema,
        int partitions,
        SharedSettings settings,
        SortedMap<RegionId, Member> members,
        SortedMap<String, Latest<String>> autoScaling,
        SortedMap<RegionId, List<Voided>> voided) {
    public GlobalTable {
        TreeMap<RegionId, List<Voided>> copied = new TreeMap<>();
        voided.forEach((region, all) -> copied.put(region, List.copyOf(all)));
        voided = Collections.unmodifiableSortedMap(copied);
        autoScaling = Collections.unmodifiableSortedMap(new TreeMap<>(autoScaling));
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    /** A table of which nothing was taken back. */
    public GlobalTable(
            TableId id,
            String name,
            KeySchema schema,
            int partitions,
            SharedSettings settings,
            SortedMap<RegionId, Member> members,
            SortedMap<String, Latest<String>> autoScaling) {
        this(id, name, schema, partitions, settings, members, autoScaling, new TreeMap<>());
    }

    public @Nullable Member member(RegionId region) {
        return members.get(region);
    }

    public GlobalTable with(RegionId region, Member member) {
        TreeMap<RegionId, Member> changed = new TreeMap<>(members);
        changed.put(region, member);
        return new GlobalTable(id, name, schema, partitions, settings, changed, autoScaling, voided);
    }

    public GlobalTable with(SharedSettings newSettings) {
        return new GlobalTable(id, name, schema, partitions, newSettings, members, autoScaling, voided);
    }

    public GlobalTable withAutoScaling(String of, Latest<String> asked) {
        TreeMap<String, Latest<String>> all = new TreeMap<>(autoScaling);
        all.put(of, asked);
        return new GlobalTable(id, name, schema, partitions, settings, members, all, voided);
    }

    /** By name, the global indexes that are none of the table's, and why: changes of several regions exclude each other. */
    public SortedMap<String, String> excludedIndexes() {
        // Asked several times a second, of all tables.
        return settings.globalIndexes().isEmpty() ? Collections.emptySortedMap() : ExcludedIndexes.of(schema, settings);
    }

    /** The settings as they apply. What regions exchange is {@link #settings}, from which this follows everywhere alike. */
    public SharedSettings inForce() {
        return settings.inForce(excludedIndexes().keySet());
    }

    /** Indexes that are excluded are deleted: they do not come back when what excludes them goes. */
    public GlobalTable withoutExcluded(Version now) {
        SharedSettings without = settings;
        for (String name : excludedIndexes().keySet()) {
            Latest<Optional<SharedIndex>> index =
                    Objects.requireNonNull(settings.globalIndexes().get(name));
            without = without.withGlobalIndex(name, index.changed(now, Optional.empty()));
        }
        return with(without);
    }

    /** What a region wrote, as far as {@code more} says, is not to be applied. */
    public GlobalTable withVoided(RegionId region, Voided more) {
        return new GlobalTable(
                id,
                name,
                schema,
                partitions,
                settings,
                members,
                autoScaling,
                joined(voided, new TreeMap<>(Map.of(region, List.of(more)))));
    }

    /** What of a member's changes is passed over. */
    public Ignored ignored(RegionId region) {
        Member member = members.get(region);
        return new Ignored(
                member == null ? HybridTimestamp.ZERO : member.ignoredUpTo(), voided.getOrDefault(region, List.of()));
    }

    private static SortedMap<RegionId, List<Voided>> joined(
            SortedMap<RegionId, List<Voided>> some, SortedMap<RegionId, List<Voided>> others) {
        TreeMap<RegionId, List<Voided>> all = new TreeMap<>(some);
        others.forEach((region, theirs) -> all.merge(
                region,
                theirs,
                (a, b) -> Stream.concat(a.stream(), b.stream())
                        .distinct()
                        .sorted(Comparator.comparing(Voided::above))
                        .toList()));
        return all;
    }

    public GlobalTable merge(GlobalTable other) {
        TreeMap<RegionId, Member> merged = new TreeMap<>(members);
        other.members.forEach((region, member) -> merged.merge(region, member, Member::later));
        TreeMap<String, Latest<String>> asked = new TreeMap<>(autoScaling);
        other.autoScaling.forEach((of, theirs) -> asked.merge(of, theirs, Latest::later));
        return new GlobalTable(
                id,
                name,
                schema,
                partitions,
                settings.later(other.settings),
                merged,
                asked,
                joined(voided, other.voided));
    }

    public Bytes encode() {
        return GlobalTableCodec.encode(this);
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static GlobalTable decode(Bytes bytes) {
        return GlobalTableCodec.decode(bytes);
    }
}
