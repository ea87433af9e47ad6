package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.Update;
import dev.meridian.node.store.TableDescriptor;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Changes attributes of an item, which is made if it is not there. */
final class ItemUpdate extends ItemAction {
    private final Item keyItem;
    private final @Nullable Update update;

    /** @param update null changes nothing, and makes an item of the key alone */
    ItemUpdate(
            String tableName,
            Item keyItem,
            @Nullable Update update,
            @Nullable Condition condition,
            boolean returnsOldOnFailure) {
        super(tableName, condition, returnsOldOnFailure);
        this.keyItem = keyItem;
        this.update = update;
    }

    @Override
    ItemKey key(TableDescriptor table) {
        if (update != null) {
            update.requireNoKey(table.schema());
            Keys.checkIndexTypes(update, table);
        }
        return Keys.of(keyItem, table.schema());
    }

    @Override
    void requireScalarKeys(TableDescriptor table) {
        if (update != null) {
            Keys.requireScalars(update.documents(), table);
        }
        super.requireScalarKeys(table);
    }

    @Override
    boolean dependsOnBefore() {
        return true;
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        if (update == null) {
            Item same = before == null ? keyItem : before;
            return outcome(same, new Item(new TreeMap<>()));
        }
        if (before == null && !update.makesItem()) {
            return Outcome.GONE;
        }
        Update.Result result = before == null ? update.create(keyItem) : update.apply(before);
        Keys.checkIndexKeys(
                result.item(),
                table,
                "The update expression attempted to update the secondary index key to unsupported type");
        return outcome(result.item(), result.updatedNew());
    }

    private static Outcome outcome(Item after, Item updated) {
        Bytes image = image(after, "Item size to update has exceeded the maximum allowed size");
        return new Outcome(after, image, updated);
    }

    /** What ReturnValues UPDATED_OLD returns. */
    @Nullable
    Item updatedOld(@Nullable Item before) {
        return before == null || update == null ? null : update.updatedOld(before);
    }
}
