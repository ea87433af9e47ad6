package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** Checks a condition on an item and writes nothing. */
final class ItemCheck extends ItemAction {
    private final Item keyItem;

    ItemCheck(String tableName, Item keyItem, Condition condition, boolean returnsOldOnFailure) {
        super(tableName, condition, returnsOldOnFailure);
        this.keyItem = keyItem;
    }

    @Override
    ItemKey key(TableDescriptor table) {
        return Keys.of(keyItem, table.schema());
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        return new Outcome(before, null, null);
    }

    @Override
    boolean writes() {
        return false;
    }
}
