package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** GetItem. Without a projection the item goes from its stored bytes to JSON directly. */
final class GetItem implements Operation {
    private static final byte[] BEFORE_ITEM = "{\"Item\":".getBytes(StandardCharsets.US_ASCII);

    private final ApiContext context;

    GetItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public ValueLayer layer() {
        return ValueLayer.CURRENT;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        ItemRead read = ItemRead.of(request, context);
        boolean consistent = request.flag("ConsistentRead");
        Capacity.Asked capacity = Capacity.asked(request);
        return CompletableFuture.completedFuture(context.store().read(view -> {
            TableDescriptor table = context.serving(view.catalog(), read.tableName());
            StoredItem found = context.find(view, table, read.keyIn(table), Capacity.Price.STANDARD, consistent);
            if (found != null && read.projection() == null && capacity == Capacity.Asked.NONE) {
                return whole(found);
            }
            return Reply.now(out -> {
                if (found != null) {
                    out.writeFieldName("Item");
                    read.write(found, out);
                }
                if (capacity != Capacity.Asked.NONE) {
                    Capacity.Consumed consumed = new Capacity.Consumed(table.name());
                    long size = found == null ? 0 : found.sizeBytes();
                    consumed.add(Capacity.readUnits(size, consistent));
                    out.writeFieldName("ConsumedCapacity");
                    consumed.write(out, capacity);
                }
            });
        }));
    }

    /** The answer that nearly all have, from bytes to bytes. */
    private static Reply whole(StoredItem found) {
        return ReplyBytes.write(out -> {
            out.put(BEFORE_ITEM);
            AttributeJson.write(found.image(), out);
            out.put((byte) '}');
        });
    }

    /** One item to be read, by itself or in a transaction. */
    record ItemRead(String tableName, Item key, @Nullable Projection projection) {
        static ItemRead of(RequestReader request, ApiContext context) {
            String table = request.tableName("TableName", context.region());
            ExpressionParameters expressions =
                    new ExpressionParameters(request, List.of(ExpressionKind.PROJECTION), List.of("AttributesToGet"));
            Item key = request.requiredItem("Key");
            Projection attributes = AttributeSelection.read(request);
            Projection projection = expressions.projection();
            expressions.requireAllUsed();
            return new ItemRead(table, key, projection == null ? attributes : projection);
        }

        ItemKey keyIn(TableDescriptor table) {
            if (projection != null) {
                Keys.requireScalars(projection.documents(), table);
            }
            return Keys.of(key, table.schema());
        }

        void write(StoredItem item, JsonGenerator out) throws IOException {
            if (projection == null) {
                AttributeJson.write(item.image(), out);
            } else {
                AttributeJson.write(projection.apply(item.item()), out);
            }
        }
    }
}
