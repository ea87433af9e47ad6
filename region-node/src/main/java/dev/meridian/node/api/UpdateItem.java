package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Update;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** UpdateItem. */
final class UpdateItem implements Operation {
    private final ApiContext context;

    UpdateItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Item keyItem = request.requiredItem("Key");
        String expression = request.text("UpdateExpression");
        ItemWrite write =
                new ItemWrite(request, context, expression, "NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW");
        TableDescriptor known = context.serving(write.tableName);
        Update update = expression == null ? null : Update.parse(expression, write.placeholders, known.schema());
        write.placeholders.requireAllUsed();
        ItemKey key = Keys.of(keyItem, known.schema());
        return context.store().write(view -> {
            TableDescriptor table = context.serving(view.catalog(), write.tableName);
            StoredItem stored = view.get(table, key);
            Item old = stored == null ? null : stored.item();
            write.check(old);
            Item base = old == null ? keyItem : old;
            Update.Result result;
            if (update == null) {
                result = new Update.Result(base, new Item(new java.util.TreeMap<>()));
            } else {
                result = old == null ? update.create(keyItem) : update.apply(old);
            }
            Bytes image = ItemWrite.image(result.item());
            view.put(table, key, image, Cause.USER);
            double units =
                    Capacity.write(Math.max(ItemWrite.size(old), result.item().sizeBytes()));
            return write.reply(returned(write.returnValues, update, old, result), units);
        });
    }

    private static @Nullable Item returned(
            String asked, @Nullable Update update, @Nullable Item old, Update.Result result) {
        return switch (asked) {
            case "ALL_OLD" -> old;
            case "UPDATED_OLD" -> old == null || update == null ? null : update.updatedOld(old);
            case "ALL_NEW" -> result.item();
            case "UPDATED_NEW" -> result.updatedNew();
            default -> null;
        };
    }
}
