package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** Puts a whole item. */
final class ItemPut extends ItemAction {
    static final String TOO_LARGE = "Item size has exceeded the maximum allowed size";

    private final Item item;
    private final Bytes image;

    ItemPut(String tableName, Item item, @Nullable Condition condition, boolean returnsOldOnFailure) {
        super(tableName, condition, returnsOldOnFailure);
        this.item = item;
        this.image = image(item, TOO_LARGE);
    }

    Item item() {
        return item;
    }

    @Override
    ItemKey key(TableDescriptor table) {
        return Keys.ofItem(item, table);
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        return new Outcome(item, image, null);
    }
}
