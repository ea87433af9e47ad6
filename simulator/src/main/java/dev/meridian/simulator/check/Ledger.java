package dev.meridian.simulator.check;

import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All writes that regions have committed, in the order in which each region did. */
public final class Ledger {
    private final Map<TableId, Map<ItemKey, History>> tables = new TreeMap<>();
    private final Map<RegionId, List<WrittenItem>> byRegion = new TreeMap<>();

    /** What there is of one item. */
    private static final class History {
        @Nullable
        WrittenItem highest;

        @Nullable
        Version highestDelete;
    }

    /** A region has committed a write of its own. */
    public void wrote(WrittenItem write) {
        byRegion.computeIfAbsent(write.version().region(), unused -> new ArrayList<>())
                .add(write);
        note(write);
    }

    private void note(WrittenItem write) {
        History history = tables.computeIfAbsent(write.table(), unused -> new HashMap<>())
                .computeIfAbsent(write.key(), unused -> new History());
        if (history.highest == null || history.highest.version().compareTo(write.version()) < 0) {
            history.highest = write;
        }
        if (write.isDelete()
                && (history.highestDelete == null || history.highestDelete.compareTo(write.version()) < 0)) {
            history.highestDelete = write.version();
        }
    }

    /**
     * Folders were replaced: what nobody has any more, nor anything above it, was never written.
     *
     * @param highest by item, the last write that is still somewhere
     */
    public void keep(Map<SurvivingWrites.Item, WrittenItem> highest) {
        tables.values().forEach(Map::clear);
        highest.values().forEach(this::note);
        byRegion.values().forEach(writes -> writes.removeIf(write -> !isKept(write)));
    }

    /** Whether an item has this write, or one above it. */
    boolean isKept(WrittenItem write) {
        return highest(write.table(), write.key())
                .filter(last -> last.version().compareTo(write.version()) >= 0)
                .isPresent();
    }

    /** What of a region there is so far. */
    public List<WrittenItem> of(RegionId region) {
        return Collections.unmodifiableList(byRegion.getOrDefault(region, List.of()));
    }

    /** By key, the write that must win. */
    public SortedMap<ItemKey, WrittenItem> highest(TableId table) {
        SortedMap<ItemKey, WrittenItem> highest = new TreeMap<>(KEYS);
        tables.getOrDefault(table, Map.of())
                .forEach((key, history) -> highest.put(key, Objects.requireNonNull(history.highest)));
        return highest;
    }

    public Optional<WrittenItem> highest(TableId table, ItemKey key) {
        History history = tables.getOrDefault(table, Map.of()).get(key);
        return history == null ? Optional.empty() : Optional.ofNullable(history.highest);
    }

    /** Whether the item was deleted by this write or by one above it. */
    public boolean isDeletedSince(WrittenItem write) {
        History history = tables.getOrDefault(write.table(), Map.of()).get(write.key());
        return history != null
                && history.highestDelete != null
                && history.highestDelete.compareTo(write.version()) >= 0;
    }

    /** A version that a region holds is this write, or something that took its place. @param held null if nothing is held */
    public boolean isHeldOrOvertaken(WrittenItem write, @Nullable Version held) {
        return held == null ? isDeletedSince(write) : held.compareTo(write.version()) >= 0;
    }

    static final java.util.Comparator<ItemKey> KEYS = (one, other) -> {
        int byPartition = one.partition().compareTo(other.partition());
        if (byPartition != 0 || one.sort() == null || other.sort() == null) {
            return byPartition;
        }
        return one.sort().compareTo(other.sort());
    };
}
