package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Placeholders;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** BatchGetItem. What does not fit 16 MB comes back as UnprocessedKeys. */
final class BatchGetItem implements Operation {
    private static final int MAX_KEYS = 100;
    private static final long MAX_BYTES = 16L << 20;

    private final ApiContext context;

    BatchGetItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    /** What is asked of one table. */
    private static final class Part {
        final String asked;
        final TableDescriptor table;
        final List<Item> keyItems;
        final List<ItemKey> keys = new ArrayList<>();
        final boolean consistent;
        final @Nullable String expression;
        final @Nullable Map<String, String> names;
        final @Nullable Projection projection;
        final List<Item> found = new ArrayList<>();
        final List<Item> unprocessed = new ArrayList<>();
        double units;

        Part(String asked, TableDescriptor table, RequestReader request) {
            this.asked = asked;
            this.table = table;
            this.keyItems = request.items("Keys");
            this.consistent = request.flag("ConsistentRead");
            this.expression = request.text("ProjectionExpression");
            this.names = request.texts("ExpressionAttributeNames");
            Placeholders placeholders = new Placeholders(names, null);
            placeholders.requireExpression(expression != null, false);
            this.projection = expression == null ? null : Projection.parse(expression, placeholders);
            placeholders.requireAllUsed();
        }
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String capacity = Capacity.asked(request);
        Map<String, RequestReader> tables = request.objectsByName("RequestItems");
        if (!request.has("RequestItems")) {
            request.violation("RequestItems", null, "Member must not be null");
        } else if (tables.isEmpty()) {
            request.violation("RequestItems", "{}", "Member must have length greater than or equal to 1");
        }
        request.check();
        List<Part> parts = new ArrayList<>();
        int keys = 0;
        for (Map.Entry<String, RequestReader> entry : tables.entrySet()) {
            entry.getValue().refuse("AttributesToGet");
            String name = request.tableName("RequestItems", entry.getKey(), context.region());
            if (!entry.getValue().has("Keys")) {
                entry.getValue().violation("Keys", null, "Member must not be null");
            }
            request.check();
            Part part = new Part(entry.getKey(), context.serving(name), entry.getValue());
            keys += part.keyItems.size();
            parts.add(part);
        }
        if (keys > MAX_KEYS) {
            throw ApiException.validation("Too many items requested for the BatchGetItem call");
        }
        parts.forEach(BatchGetItem::checkKeys);
        context.store().read(view -> {
            long bytes = 0;
            for (Part part : parts) {
                bytes = read(view, part, bytes);
            }
            return bytes;
        });
        return CompletableFuture.completedFuture(Reply.later(out -> write(parts, capacity, out)));
    }

    private static void checkKeys(Part part) {
        Set<ItemKey> seen = new HashSet<>();
        for (Item keyItem : part.keyItems) {
            ItemKey key = Keys.of(keyItem, part.table.schema());
            if (!seen.add(key)) {
                throw ApiException.validation("Provided list of item keys contains duplicates");
            }
            part.keys.add(key);
        }
    }

    private static long read(ReadView view, Part part, long bytesBefore) {
        long bytes = bytesBefore;
        for (int i = 0; i < part.keys.size(); i++) {
            if (bytes >= MAX_BYTES) {
                part.unprocessed.add(part.keyItems.get(i));
                continue;
            }
            StoredItem stored = view.get(part.table, part.keys.get(i));
            Item item = stored == null ? null : stored.item();
            part.units += Capacity.read(ItemWrite.size(item), part.consistent);
            if (item != null) {
                bytes += item.sizeBytes();
                part.found.add(part.projection == null ? item : part.projection.apply(item));
            }
        }
        return bytes;
    }

    private static void write(List<Part> parts, String capacity, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("Responses");
        for (Part part : parts) {
            out.writeArrayFieldStart(part.asked);
            for (Item item : part.found) {
                AttributeJson.write(item, out);
            }
            out.writeEndArray();
        }
        out.writeEndObject();
        out.writeObjectFieldStart("UnprocessedKeys");
        for (Part part : parts) {
            if (!part.unprocessed.isEmpty()) {
                writeUnprocessed(part, out);
            }
        }
        out.writeEndObject();
        if (!capacity.equals("NONE")) {
            out.writeArrayFieldStart("ConsumedCapacity");
            for (Part part : parts) {
                Capacity.writeObject(out, capacity, part.table.name(), part.units);
            }
            out.writeEndArray();
        }
    }

    private static void writeUnprocessed(Part part, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart(part.asked);
        out.writeArrayFieldStart("Keys");
        for (Item key : part.unprocessed) {
            AttributeJson.write(key, out);
        }
        out.writeEndArray();
        out.writeBooleanField("ConsistentRead", part.consistent);
        if (part.expression != null) {
            out.writeStringField("ProjectionExpression", part.expression);
        }
        if (part.names != null) {
            out.writeObjectFieldStart("ExpressionAttributeNames");
            for (Map.Entry<String, String> name : part.names.entrySet()) {
                out.writeStringField(name.getKey(), name.getValue());
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }
}
