package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** Puts a whole item where there is none: PartiQL's INSERT. */
final class ItemInsert extends ItemAction {
    private final Item item;
    private final Bytes image;

    ItemInsert(String tableName, Item item) {
        super(tableName, null, false);
        this.item = item;
        this.image = image(item, "Item size has exceeded the maximum allowed size");
    }

    @Override
    ItemKey key(TableDescriptor table) {
        return Keys.ofItem(item, table);
    }

    @Override
    boolean dependsOnBefore() {
        return true;
    }

    @Override
    Outcome outcome(TableDescriptor table, @Nullable Item before) {
        if (before != null) {
            throw new ApiException(ErrorCode.DUPLICATE_ITEM, "Duplicate primary key exists in table");
        }
        return new Outcome(item, image, null);
    }
}
