package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.util.concurrent.CompletionStage;

/** DeleteItem. */
final class DeleteItem implements Operation {
    private final ApiContext context;

    DeleteItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Item keyItem = request.requiredItem("Key");
        ItemWrite write = new ItemWrite(request, context, null, "NONE", "ALL_OLD");
        write.placeholders.requireAllUsed();
        ItemKey key = Keys.of(keyItem, context.serving(write.tableName).schema());
        return context.store().write(view -> {
            TableDescriptor table = context.serving(view.catalog(), write.tableName);
            Item old = write.checkedOld(view, table, key);
            view.delete(table, key, Cause.USER);
            return write.reply(write.returnValues.equals("ALL_OLD") ? old : null, Capacity.write(ItemWrite.size(old)));
        });
    }
}
