package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.util.concurrent.CompletionStage;

/** PutItem. */
final class PutItem implements Operation {
    private final ApiContext context;

    PutItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Item item = request.requiredItem("Item");
        ItemWrite write = new ItemWrite(request, context, null, "NONE", "ALL_OLD");
        write.placeholders.requireAllUsed();
        ItemKey key = Keys.ofItem(item, context.serving(write.tableName).schema());
        Bytes image = ItemWrite.image(item);
        return context.store().write(view -> {
            TableDescriptor table = context.serving(view.catalog(), write.tableName);
            Item old = write.checkedOld(view, table, key);
            view.put(table, key, image, Cause.USER);
            double units = Capacity.write(Math.max(ItemWrite.size(old), item.sizeBytes()));
            return write.reply(write.returnValues.equals("ALL_OLD") ? old : null, units);
        });
    }
}
