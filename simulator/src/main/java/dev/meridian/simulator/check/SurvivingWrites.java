package dev.meridian.simulator.check;

import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the regions' stores have had, each in the history of its present folder: of each item the write with the highest
 * version, where a delete is a write. What a store once had it must have for good, or a write with a higher version. Only a
 * folder that is replaced by an older copy takes something away, and only from its own region.
 */
public final class SurvivingWrites {
    private static final String LAW = "one version is one write";
    private static final String REPLICATION = ".replication";

    private final Map<RegionId, Map<Item, WrittenItem>> stores = new TreeMap<>();
    private final Map<Version, WrittenItem> all = new LinkedHashMap<>();

    /** An item of a table. */
    public record Item(TableId table, ItemKey key) {
        static Item of(WrittenItem write) {
            return new Item(write.table(), write.key());
        }
    }

    /** What one store has had at one moment. */
    public static final class Copy {
        /** Of a folder in which there is no store. */
        public static final Copy EMPTY = new Copy(Map.of());

        private final Map<Item, WrittenItem> writes;

        private Copy(Map<Item, WrittenItem> writes) {
            this.writes = new HashMap<>(writes);
        }
    }

    private Map<Item, WrittenItem> of(RegionId region) {
        return stores.computeIfAbsent(region, unused -> new HashMap<>());
    }

    /** A region's store has committed a write of its own. */
    public void wrote(RegionId region, WrittenItem write) {
        WrittenItem before = all.put(write.version(), write);
        if (before != null && !before.equals(write) && isKept(before)) {
            throw new LawBroken(
                    LAW,
                    region + " wrote " + describe(write) + " under the version of " + describe(before) + ", "
                            + heldBy(before));
        }
        of(region).merge(Item.of(write), write, SurvivingWrites::higher);
    }

    private boolean isKept(WrittenItem write) {
        return stores.values().stream().anyMatch(store -> write.equals(store.get(Item.of(write))));
    }

    /** A region's store has taken in a write. */
    public void applied(RegionId region, WrittenItem write) {
        WrittenItem known = all.get(write.version());
        LawBroken.unless(
                known != null && known.key().equals(write.key()),
                LAW,
                () -> region + " applied " + describe(write) + ", which nobody wrote");
        of(region).merge(Item.of(write), write, SurvivingWrites::higher);
    }

    private static WrittenItem higher(WrittenItem one, WrittenItem other) {
        return one.version().compareTo(other.version()) > 0 ? one : other;
    }

    public Copy copy(RegionId region) {
        return new Copy(of(region));
    }

    /** The region's folder is another. */
    public void replaced(RegionId region, Copy by) {
        stores.put(region, new HashMap<>(by.writes));
    }

    /** By item, the highest write that any store has had. */
    public Map<Item, WrittenItem> highest() {
        Map<Item, WrittenItem> highest = new HashMap<>();
        stores.values()
                .forEach(store -> store.forEach((item, write) -> highest.merge(item, write, SurvivingWrites::higher)));
        return highest;
    }

    /**
     * By item, the highest write that any store has had, or that is still in a replication topic.
     *
     * @param partitions of each topic
     */
    public Map<Item, WrittenItem> highest(Map<RegionId, MemoryBus> buses, int partitions) {
        Map<Item, WrittenItem> highest = highest();
        buses.values()
                .forEach(bus -> published(bus, partitions)
                        .forEach(write -> highest.merge(Item.of(write), write, SurvivingWrites::higher)));
        return highest;
    }

    private static List<WrittenItem> published(MemoryBus bus, int partitions) {
        List<WrittenItem> published = new ArrayList<>();
        for (String topic : bus.topics()) {
            for (TopicPartition at : TopicPartition.allOf(topic, topic.endsWith(REPLICATION) ? partitions : 0)) {
                for (BusRecord record : bus.records(at)) {
                    Change change = ChangeCodec.decode(
                            Objects.requireNonNull(record.value()).asBuffer());
                    published.add(new WrittenItem(
                            change.tableId(), change.key(), change.stamp().version(), change.newImage()));
                }
            }
        }
        return published;
    }

    /** All writes that regions have committed, also those that are lost. */
    public List<WrittenItem> written() {
        return Collections.unmodifiableList(new ArrayList<>(all.values()));
    }

    /** Whose store has a write as the last of its item. */
    public Set<RegionId> holders(WrittenItem write) {
        Set<RegionId> holders = new TreeSet<>();
        stores.forEach((region, store) -> {
            if (write.equals(store.get(Item.of(write)))) {
                holders.add(region);
            }
        });
        return holders;
    }

    /** For messages. */
    public String heldBy(WrittenItem write) {
        Set<RegionId> holders = holders(write);
        return holders.isEmpty() ? "which no store has had as its last" : "which " + holders + " had";
    }

    public static String describe(WrittenItem write) {
        byte[] key = write.key().partition().toArray();
        return (write.isDelete() ? "the delete of " : "the put of ") + new String(key, StandardCharsets.UTF_8) + " at "
                + write.version();
    }
}
