package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Placeholders;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** GetItem. Without a projection the item goes from its stored bytes to JSON directly. */
final class GetItem implements Operation {
    private final ApiContext context;

    GetItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse("AttributesToGet");
        String name = request.tableName("TableName", context.region());
        Item keyItem = request.requiredItem("Key");
        boolean consistent = request.flag("ConsistentRead");
        String capacity = Capacity.asked(request);
        String expression = request.text("ProjectionExpression");
        request.check();
        Placeholders placeholders = new Placeholders(request.texts("ExpressionAttributeNames"), null);
        placeholders.requireExpression(expression != null, false);
        Projection projection = expression == null ? null : Projection.parse(expression, placeholders);
        placeholders.requireAllUsed();
        TableDescriptor table = context.serving(name);
        ItemKey key = Keys.of(keyItem, table.schema());
        return CompletableFuture.completedFuture(context.store().read(view -> {
            StoredItem found = view.get(table, key);
            return Reply.now(out -> {
                if (found != null) {
                    out.writeFieldName("Item");
                    write(found, projection, out);
                }
                long size = found == null || capacity.equals("NONE")
                        ? 0
                        : found.item().sizeBytes();
                Capacity.writeField(out, capacity, name, Capacity.read(size, consistent));
            });
        }));
    }

    static void write(StoredItem item, @Nullable Projection projection, JsonGenerator out) throws IOException {
        if (projection == null) {
            AttributeJson.write(item.image(), out);
        } else {
            AttributeJson.write(projection.apply(item.item()), out);
        }
    }
}
