package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.TableId;
import dev.meridian.node.api.HeavyHitters.Hit;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a table are used most, and which are held back most, for tables that ask for it. Whether a table asks is
 * kept in the store; the counts are of this process and begin when it starts. DynamoDB shows them in CloudWatch; here
 * they are a page.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html">How
 *     contributor insights work</a>
 */
public final class ContributorInsights {
    static final String ALL_KEYS = "ACCESSED_AND_THROTTLED_KEYS";
    static final String THROTTLED_KEYS = "THROTTLED_KEYS";

    private static final String SPACE = WriteView.OF_TABLES + "contributor-insights";

    /** Kept of each kind, so that the few shown are right. */
    private static final int KEPT = 1_000;

    private static final int SHOWN = 10;

    private final Store store;
    private final Map<TableId, Counts> counted = new ConcurrentHashMap<>();

    ContributorInsights(Store store) {
        this.store = store;
        store.read(view -> {
            for (TableDescriptor table : view.catalog().tables().values()) {
                Setting setting = of(view, table.id());
                if (setting != null) {
                    counted.put(table.id(), new Counts(setting.mode().equals(ALL_KEYS)));
                }
            }
            return true;
        });
    }

    /** What a table asked for. */
    record Setting(String mode, long updatedMillis) {}

    private static final class Counts {
        private final boolean accesses;
        private final HeavyHitters<Bytes> partitions = new HeavyHitters<>(KEPT);
        private final HeavyHitters<ItemKey> items = new HeavyHitters<>(KEPT);
        private final HeavyHitters<Bytes> throttledPartitions = new HeavyHitters<>(KEPT);

        Counts(boolean accesses) {
            this.accesses = accesses;
        }
    }

    static @Nullable Setting of(ReadView view, TableId table) {
        return view.document(SPACE, table.toString())
                .map(bytes -> {
                    String[] parts = new String(bytes.toArray(), StandardCharsets.UTF_8).split(" ", 2);
                    return new Setting(parts[0], Long.parseLong(parts[1]));
                })
                .orElse(null);
    }

    /** @param setting null ends it */
    void set(WriteView view, TableId table, @Nullable Setting setting) {
        if (setting == null) {
            view.document(SPACE, table.toString(), null);
            counted.remove(table);
            return;
        }
        String text = setting.mode() + " " + setting.updatedMillis();
        view.document(SPACE, table.toString(), Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
        counted.put(table, new Counts(setting.mode().equals(ALL_KEYS)));
    }

    void accessed(TableDescriptor table, ItemKey key) {
        Counts counts = counted.get(table.id());
        if (counts != null && counts.accesses) {
            synchronized (counts) {
                counts.partitions.add(key.partition());
                if (key.sort() != null) {
                    counts.items.add(key);
                }
            }
        }
    }

    void accessed(TableDescriptor table, Bytes partition) {
        Counts counts = counted.get(table.id());
        if (counts != null && counts.accesses) {
            synchronized (counts) {
                counts.partitions.add(partition);
            }
        }
    }

    void throttled(TableDescriptor table, Bytes partition) {
        Counts counts = counted.get(table.id());
        if (counts != null) {
            synchronized (counts) {
                counts.throttledPartitions.add(partition);
            }
        }
    }

    /** All tables that ask, as JSON. */
    public String page() {
        byte[] json = store.read(view -> Reply.value(out -> {
            out.writeStartObject();
            for (TableDescriptor table : view.catalog().tables().values()) {
                Counts counts = counted.get(table.id());
                if (counts != null) {
                    write(table, counts, out);
                }
            }
            out.writeEndObject();
        }));
        return new String(json, StandardCharsets.UTF_8);
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
        out.writeObjectFieldStart(table.name());
        writePartitions("mostAccessedPartitionKeys", table, partitions, out);
        out.writeArrayFieldStart("mostAccessedItems");
        for (Hit<ItemKey> hit : items) {
            writeHit(hit.key().toItem(table.schema()), hit.count(), out);
        }
        out.writeEndArray();
        writePartitions("mostThrottledPartitionKeys", table, throttled, out);
        out.writeEndObject();
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
