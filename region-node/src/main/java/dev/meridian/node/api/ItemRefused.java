package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** What cannot be done whatever the items are: in a transaction it is told as the action's own reason. */
final class ItemRefused extends ItemAction {
    private final ApiException reason;

    ItemRefused(String tableName, ApiException reason) {
        super(tableName, null, false);
        this.reason = reason;
    }

    @Override
    ItemKey key(TableDescriptor table) {
        throw reason;
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        throw reason;
    }
}
