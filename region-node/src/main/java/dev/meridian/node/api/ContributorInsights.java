package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.TableId;
import dev.meridian.node.api.HeavyHitters.Hit;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a table or of a global index are used most, and which are held back most, for those that ask for it. What
 * they ask is kept in the store, a document for each table; the counts are of this process and begin when it starts.
 * DynamoDB shows them in CloudWatch; here they are a page. Of an index what Query reads is counted.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html">How
 *     contributor insights work</a>
 */
public final class ContributorInsights {
    static final String ALL_KEYS = "ACCESSED_AND_THROTTLED_KEYS";
    static final String THROTTLED_KEYS = "THROTTLED_KEYS";

    private static final String SPACE = WriteView.OF_TABLES + "contributor-insights";

    /** In the place of an index's number. */
    private static final int TABLE = 0;

    /** Kept of each kind, so that the few shown are right. */
    private static final int KEPT = 1_000;

    private static final int SHOWN = 10;

    private final Store store;
    private final Map<Counted, Counts> counted = new ConcurrentHashMap<>();

    ContributorInsights(Store store) {
        this.store = store;
        store.read(view -> {
            for (TableDescriptor table : view.catalog().tables().values()) {
                settings(view, table)
                        .forEach((index, setting) -> counted.put(
                                new Counted(table.id(), index),
                                new Counts(setting.mode().equals(ALL_KEYS))));
            }
            return true;
        });
    }

    /** What a table or an index asked for. */
    record Setting(String mode, long updatedMillis) {
        private static Setting parse(String[] words) {
            return new Setting(words[0], Long.parseLong(words[1]));
        }

        private String line(int index) {
            return mode + " " + updatedMillis + (index == TABLE ? "" : " " + index);
        }
    }

    /** @param index its number, which no other index ever has; {@link #TABLE} for the table itself */
    private record Counted(TableId table, int index) {}

    private static final class Counts {
        private final boolean accesses;
        private final HeavyHitters<Bytes> partitions = new HeavyHitters<>(KEPT);
        private final HeavyHitters<ItemKey> items = new HeavyHitters<>(KEPT);
        private final HeavyHitters<Bytes> throttledPartitions = new HeavyHitters<>(KEPT);
        private final HeavyHitters<Item> indexPartitions = new HeavyHitters<>(KEPT);
        private final HeavyHitters<Item> throttledIndexPartitions = new HeavyHitters<>(KEPT);

        Counts(boolean accesses) {
            this.accesses = accesses;
        }
    }

    /**
     * The index that a request names; null for the table itself.
     *
     * @throws ApiException if it has no global index of that name
     */
    static @Nullable IndexDescriptor index(RequestReader request, TableDescriptor table) {
        String name = request.text("IndexName");
        if (name == null) {
            return null;
        }
        IndexDescriptor index = table.index(name);
        if (index == null || !counts(index)) {
            throw ApiException.resourceNotFound(
                    "Requested resource not found: Index: " + name + " not found for table: " + table.name());
        }
        return index;
    }

    private static boolean counts(IndexDescriptor index) {
        return index.kind() == IndexDescriptor.Kind.GLOBAL && index.status() != IndexStatus.DELETING;
    }

    /** @param index null for the table itself */
    static @Nullable Setting of(ReadView view, TableDescriptor table, @Nullable IndexDescriptor index) {
        return settings(view, table).get(number(index));
    }

    private static int number(@Nullable IndexDescriptor index) {
        return index == null ? TABLE : index.number();
    }

    /** Of the table and of those of its indexes that are there, by their numbers. */
    private static SortedMap<Integer, Setting> settings(ReadView view, TableDescriptor table) {
        TreeMap<Integer, Setting> settings = new TreeMap<>();
        String document = view.document(SPACE, table.id().toString())
                .map(bytes -> new String(bytes.toArray(), StandardCharsets.UTF_8))
                .orElse("");
        document.lines().forEach(line -> {
            String[] words = line.split(" ");
            int number = words.length < 3 ? TABLE : Integer.parseInt(words[2]);
            IndexDescriptor index = table.index(number);
            if (number == TABLE || (index != null && counts(index))) {
                settings.put(number, Setting.parse(words));
            }
        });
        return settings;
    }

    /** @param index null for the table itself @param setting null ends it */
    void set(WriteView view, TableDescriptor table, @Nullable IndexDescriptor index, @Nullable Setting setting) {
        SortedMap<Integer, Setting> settings = settings(view, table);
        Counted changed = new Counted(table.id(), number(index));
        if (setting == null) {
            settings.remove(changed.index());
            counted.remove(changed);
        } else {
            settings.put(changed.index(), setting);
            counted.put(changed, new Counts(setting.mode().equals(ALL_KEYS)));
        }
        String document = settings.entrySet().stream()
                .map(each -> each.getValue().line(each.getKey()))
                .collect(Collectors.joining("\n"));
        view.document(
                SPACE,
                table.id().toString(),
                settings.isEmpty() ? null : Bytes.wrap(document.getBytes(StandardCharsets.UTF_8)));
    }

    private @Nullable Counts of(TableDescriptor table, @Nullable IndexDescriptor index) {
        return counted.isEmpty() ? null : counted.get(new Counted(table.id(), number(index)));
    }

    void accessed(TableDescriptor table, ItemKey key) {
        Counts counts = of(table, null);
        if (counts != null && counts.accesses) {
            synchronized (counts) {
                counts.partitions.add(key.partition());
                if (key.sort() != null) {
                    counts.items.add(key);
                }
            }
        }
    }

    void throttled(TableDescriptor table, Bytes partition) {
        Counts counts = of(table, null);
        if (counts != null) {
            synchronized (counts) {
                counts.throttledPartitions.add(partition);
            }
        }
    }

    /** @param index null for the table itself @param partition values of the key's partition attributes, in their order */
    void accessed(TableDescriptor table, @Nullable IndexDescriptor index, List<AttributeValue> partition) {
        IndexDescriptor watched = watched(index);
        Counts counts = of(table, watched);
        if (counts == null || !counts.accesses) {
            return;
        }
        synchronized (counts) {
            if (watched == null) {
                counts.partitions.add(KeyCodec.encode(partition.get(0)));
            } else {
                counts.indexPartitions.add(key(watched, partition));
            }
        }
    }

    /** @param index null for the table itself @param partition values of the key's partition attributes, in their order */
    void throttled(TableDescriptor table, @Nullable IndexDescriptor index, List<AttributeValue> partition) {
        IndexDescriptor watched = watched(index);
        Counts counts = of(table, watched);
        if (counts == null) {
            return;
        }
        synchronized (counts) {
            if (watched == null) {
                counts.throttledPartitions.add(KeyCodec.encode(partition.get(0)));
            } else {
                counts.throttledIndexPartitions.add(key(watched, partition));
            }
        }
    }

    /** The partitions of a local index are those of its table. */
    private static @Nullable IndexDescriptor watched(@Nullable IndexDescriptor index) {
        return index == null || index.kind() == IndexDescriptor.Kind.LOCAL ? null : index;
    }

    private static Item key(IndexDescriptor index, List<AttributeValue> partition) {
        TreeMap<String, AttributeValue> key = new TreeMap<>();
        for (int i = 0; i < partition.size(); i++) {
            key.put(index.partition().get(i).name(), partition.get(i));
        }
        return new Item(key);
    }

    /** All tables that ask or have indexes that do, as JSON. */
    public String page() {
        byte[] json = store.read(view -> Reply.value(out -> {
            out.writeStartObject();
            for (TableDescriptor table : view.catalog().tables().values()) {
                write(table, out);
            }
            out.writeEndObject();
        }));
        return new String(json, StandardCharsets.UTF_8);
    }

    private void write(TableDescriptor table, JsonGenerator out) throws IOException {
        Counts ofTable = of(table, null);
        Map<String, Counts> ofIndexes = new LinkedHashMap<>();
        for (IndexDescriptor index : table.indexes()) {
            Counts counts = counts(index) ? of(table, index) : null;
            if (counts != null) {
                ofIndexes.put(index.name(), counts);
            }
        }
        if (ofTable == null && ofIndexes.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart(table.name());
        if (ofTable != null) {
            write(table, ofTable, out);
        }
        if (!ofIndexes.isEmpty()) {
            out.writeObjectFieldStart("indexes");
            for (Map.Entry<String, Counts> index : ofIndexes.entrySet()) {
                write(index.getKey(), index.getValue(), out);
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void write(String index, Counts counts, JsonGenerator out) throws IOException {
        List<Hit<Item>> partitions;
        List<Hit<Item>> throttled;
        synchronized (counts) {
            partitions = counts.indexPartitions.top(SHOWN);
            throttled = counts.throttledIndexPartitions.top(SHOWN);
        }
        out.writeObjectFieldStart(index);
        writeKeys("mostAccessedPartitionKeys", partitions, out);
        writeKeys("mostThrottledPartitionKeys", throttled, out);
        out.writeEndObject();
    }

    private static void writeKeys(String field, List<Hit<Item>> hits, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart(field);
        for (Hit<Item> hit : hits) {
            writeHit(hit.key(), hit.count(), out);
        }
        out.writeEndArray();
    }

    private static void write(TableDescriptor table, Counts counts, JsonGenerator out) throws IOException {
        List<Hit<Bytes>> partitions;
        List<Hit<ItemKey>> items;
        List<Hit<Bytes>> throttled;
        synchronized (counts) {
            partitions = counts.partitions.top(SHOWN);
            items = counts.items.top(SHOWN);
            throttled = counts.throttledPartitions.top(SHOWN);
        }
        writePartitions("mostAccessedPartitionKeys", table, partitions, out);
        out.writeArrayFieldStart("mostAccessedItems");
        for (Hit<ItemKey> hit : items) {
            writeHit(hit.key().toItem(table.schema()), hit.count(), out);
        }
        out.writeEndArray();
        writePartitions("mostThrottledPartitionKeys", table, throttled, out);
    }

    private static void writePartitions(String field, TableDescriptor table, List<Hit<Bytes>> hits, JsonGenerator out)
            throws IOException {
        out.writeArrayFieldStart(field);
        for (Hit<Bytes> hit : hits) {
            TreeMap<String, AttributeValue> key = new TreeMap<>();
            key.put(
                    table.schema().partition().name(),
                    KeyCodec.decode(hit.key(), table.schema().partition().type()));
            writeHit(new Item(key), hit.count(), out);
        }
        out.writeEndArray();
    }

    private static void writeHit(Item key, long count, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeFieldName("key");
        AttributeJson.write(key, out);
        out.writeNumberField("count", count);
        out.writeEndObject();
    }
}
