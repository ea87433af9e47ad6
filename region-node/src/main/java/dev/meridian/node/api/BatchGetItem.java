package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.expression.ExpressionKind;
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

/** BatchGetItem. What does not fit 16 MB, of items or of their JSON, comes back as UnprocessedKeys. */
final class BatchGetItem implements Operation {
    private static final int MAX_KEYS = 100;

    private final ApiContext context;

    BatchGetItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public ValueLayer layer() {
        return ValueLayer.CURRENT;
    }

    /** What is asked of one table. */
    private static final class Part {
        final String asked;
        final String tableName;
        final List<Item> keyItems;
        final boolean consistent;
        final @Nullable Projection projection;
        final RequestReader request;
        final List<byte[]> found = new ArrayList<>();
        final List<Item> unprocessed = new ArrayList<>();
        double units;

        Part(String asked, RequestReader request, ApiContext context) {
            this.asked = asked;
            this.request = request;
            this.tableName = RequestReader.tableOf(asked, context.region());
            ExpressionParameters expressions =
                    new ExpressionParameters(request, List.of(ExpressionKind.PROJECTION), List.of("AttributesToGet"));
            Projection attributes = AttributeSelection.read(request);
            Projection expression = expressions.projection();
            expressions.requireAllUsed();
            this.projection = expression == null ? attributes : expression;
            this.keyItems = request.items("Keys");
            this.consistent = request.flag("ConsistentRead");
        }
    }

    private record Target(TableId table, ItemKey key) {}

    @Override
    public long readBytes() {
        return AnswerSize.HEAP_BYTES;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Capacity.Asked capacity = Capacity.asked(request);
        List<Part> parts = new ArrayList<>();
        int keys = 0;
        for (Map.Entry<String, RequestReader> entry :
                request.objectsByName("RequestItems").entrySet()) {
            Part part = new Part(entry.getKey(), entry.getValue(), context);
            keys += part.keyItems.size();
            parts.add(part);
        }
        requireUnmixed(parts);
        if (keys > MAX_KEYS) {
            throw ApiException.validation("Too many items requested for the BatchGetItem call");
        }
        context.store().read(view -> {
            List<List<ItemKey>> byPart = keys(view, parts);
            AnswerSize size = new AnswerSize();
            int throttled = 0;
            for (int i = 0; i < parts.size(); i++) {
                Part part = parts.get(i);
                TableDescriptor table = context.serving(view.catalog(), part.tableName);
                try {
                    context.throttle().admitRead(table, null);
                } catch (ApiException refused) {
                    throttled++;
                    if (throttled == parts.size()) {
                        throw refused;
                    }
                    part.unprocessed.addAll(part.keyItems);
                    continue;
                }
                read(view, part, byPart.get(i), size);
                context.throttle().read(table, null, part.units);
            }
            return size;
        });
        return CompletableFuture.completedFuture(Reply.later(out -> write(parts, capacity, out)));
    }

    /** Each table's part is of one kind in itself; all of them together are, too. */
    private static void requireUnmixed(List<Part> parts) {
        if (parts.stream().anyMatch(part -> part.request.has("AttributesToGet"))
                && parts.stream().anyMatch(part -> part.request.has("ProjectionExpression"))) {
            throw ApiException.validation("Can not use both expression and non-expression parameters in the same"
                    + " request: Non-expression parameters: {AttributesToGet} Expression parameters:"
                    + " {ProjectionExpression}");
        }
    }

    private List<List<ItemKey>> keys(ReadView view, List<Part> parts) {
        Set<Target> targets = new HashSet<>();
        List<List<ItemKey>> byPart = new ArrayList<>();
        for (Part part : parts) {
            TableDescriptor table = context.serving(view.catalog(), part.tableName);
            List<ItemKey> keys = new ArrayList<>();
            if (part.projection != null) {
                Keys.requireScalars(part.projection.documents(), table);
            }
            for (Item keyItem : part.keyItems) {
                ItemKey key = Keys.of(keyItem, table.schema());
                if (!targets.add(new Target(table.id(), key))) {
                    throw ApiException.validation("Provided list of item keys contains duplicates");
                }
                keys.add(key);
            }
            byPart.add(keys);
        }
        return byPart;
    }

    private void read(ReadView view, Part part, List<ItemKey> keys, AnswerSize answer) {
        TableDescriptor table = context.serving(view.catalog(), part.tableName);
        for (int i = 0; i < keys.size(); i++) {
            if (answer.isFull()) {
                part.unprocessed.add(part.keyItems.get(i));
                continue;
            }
            context.insights().accessed(table, keys.get(i));
            StoredItem stored = view.get(table, keys.get(i));
            long size = stored == null ? 0 : stored.sizeBytes();
            part.units += Capacity.readUnits(size, part.consistent);
            if (stored != null) {
                byte[] json = Reply.value(out -> {
                    if (part.projection == null) {
                        AttributeJson.write(stored.image(), out);
                    } else {
                        AttributeJson.write(part.projection.apply(stored.item()), out);
                    }
                });
                answer.add(size, json);
                part.found.add(json);
            }
        }
    }

    private static void write(List<Part> parts, Capacity.Asked capacity, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("Responses");
        for (Part part : parts) {
            out.writeArrayFieldStart(part.asked);
            for (byte[] item : part.found) {
                Reply.writeValue(item, out);
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
        if (capacity != Capacity.Asked.NONE) {
            out.writeArrayFieldStart("ConsumedCapacity");
            for (Part part : parts) {
                Capacity.Consumed consumed = new Capacity.Consumed(part.tableName);
                consumed.add(part.units);
                consumed.write(out, capacity);
            }
            out.writeEndArray();
        }
    }

    /** As the part was asked, with the keys that are left. */
    private static void writeUnprocessed(Part part, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart(part.asked);
        out.writeArrayFieldStart("Keys");
        for (Item key : part.unprocessed) {
            AttributeJson.write(key, out);
        }
        out.writeEndArray();
        out.writeBooleanField("ConsistentRead", part.consistent);
        String expression = part.request.text("ProjectionExpression");
        if (expression != null) {
            out.writeStringField("ProjectionExpression", expression);
        }
        List<String> attributes = part.request.textList("AttributesToGet");
        if (attributes != null) {
            out.writeArrayFieldStart("AttributesToGet");
            for (String attribute : attributes) {
                out.writeString(attribute);
            }
            out.writeEndArray();
        }
        Map<String, String> names = part.request.texts("ExpressionAttributeNames");
        if (names != null) {
            out.writeObjectFieldStart("ExpressionAttributeNames");
            for (Map.Entry<String, String> name : names.entrySet()) {
                out.writeStringField(name.getKey(), name.getValue());
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }
}
