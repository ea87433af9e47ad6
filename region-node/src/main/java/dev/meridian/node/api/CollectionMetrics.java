package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyCodec;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexKeys;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * ReturnItemCollectionMetrics: how large the items of one partition key are together, in tables with local secondary
 * indexes. Counted when asked for.
 */
final class CollectionMetrics {
    private static final double BYTES_PER_GB = 1L << 30;

    private CollectionMetrics() {}

    /** The item collection that a write belonged to, and its size in bytes, index entries included. */
    record Estimate(Item key, long bytes) {
        void write(JsonGenerator out) throws IOException {
            out.writeStartObject();
            out.writeFieldName("ItemCollectionKey");
            AttributeJson.write(key, out);
            out.writeArrayFieldStart("SizeEstimateRangeGB");
            double lower = Math.floor(bytes / BYTES_PER_GB);
            out.writeNumber(lower);
            out.writeNumber(lower + 1);
            out.writeEndArray();
            out.writeEndObject();
        }
    }

    static boolean asked(RequestReader request) {
        return request.text("ReturnItemCollectionMetrics", "NONE").equals("SIZE");
    }

    /** Null for a table without local indexes: it has no item collections. */
    static @Nullable Estimate estimate(ReadView view, TableDescriptor table, ItemKey key) {
        boolean local = table.indexes().stream().anyMatch(index -> index.kind() == IndexDescriptor.Kind.LOCAL);
        if (!local) {
            return null;
        }
        long[] bytes = {0};
        view.scan(table, ScanRange.partition(key.partition(), null, null, true, null), stored -> {
            Item item = stored.item();
            bytes[0] += item.sizeBytes();
            for (IndexDescriptor index : table.indexes()) {
                if (index.kind() == IndexDescriptor.Kind.LOCAL
                        && new IndexKeys(table.schema(), index).entry(item, stored.key()) != null) {
                    bytes[0] += index.project(table.schema(), item).sizeBytes();
                }
            }
            return true;
        });
        TreeMap<String, AttributeValue> partition = new TreeMap<>();
        String name = table.schema().partition().name();
        partition.put(
                name,
                KeyCodec.decode(key.partition(), table.schema().partition().type()));
        return new Estimate(new Item(partition), bytes[0]);
    }

    /** Of the item collections that were written, each once, by the names of their tables. */
    static Map<String, List<Estimate>> byTable(ReadView view, List<ItemAction.Planned> written) {
        Map<String, List<Estimate>> byTable = new LinkedHashMap<>();
        for (ItemAction.Planned each : written) {
            Estimate estimate = each.action().writes() ? estimate(view, each.table(), each.key()) : null;
            if (estimate != null) {
                List<Estimate> estimates = byTable.computeIfAbsent(each.table().name(), unused -> new ArrayList<>());
                if (!estimates.contains(estimate)) {
                    estimates.add(estimate);
                }
            }
        }
        return byTable;
    }

    static void write(Map<String, List<Estimate>> byTable, JsonGenerator out) throws IOException {
        if (byTable.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart("ItemCollectionMetrics");
        for (Map.Entry<String, List<Estimate>> table : byTable.entrySet()) {
            out.writeArrayFieldStart(table.getKey());
            for (Estimate estimate : table.getValue()) {
                estimate.write(out);
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }
}
