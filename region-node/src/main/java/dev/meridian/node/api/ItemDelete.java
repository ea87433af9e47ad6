package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** Deletes the item under a key, if there is one. */
final class ItemDelete extends ItemAction {
    private final Item keyItem;

    ItemDelete(String tableName, Item keyItem, @Nullable Condition condition, boolean returnsOldOnFailure) {
        super(tableName, condition, returnsOldOnFailure);
        this.keyItem = keyItem;
    }

    Item keyItem() {
        return keyItem;
    }

    @Override
    ItemKey key(TableDescriptor table) {
        return Keys.of(keyItem, table.schema());
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        return Outcome.GONE;
    }
}
