package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import org.jspecify.annotations.Nullable;

/**
 * A put, update, delete or check of one item: parsed, and not yet done. Single writes, batches and transactions are made
 * of these. {@link #plan} reads and decides and may refuse; what it answers is then written, or not, as a whole.
 */
abstract class ItemAction {
    /** What types and lengths of a few attributes take beside what counts as their size. */
    private static final int CODES_ROOM = 64;

    final String tableName;
    private final @Nullable Condition condition;
    private final boolean returnsOldOnFailure;

    ItemAction(String tableName, @Nullable Condition condition, boolean returnsOldOnFailure) {
        this.tableName = tableName;
        this.condition = condition;
        this.returnsOldOnFailure = returnsOldOnFailure;
    }

    /** @throws ApiException if the key does not fit the table */
    abstract ItemKey key(TableDescriptor table);

    /** What comes of the item. */
    abstract Outcome outcome(TableDescriptor table, @Nullable Item before);

    /**
     * What an action makes of an item.
     *
     * @param after null: there is none afterwards
     * @param image of {@code after}
     * @param updated the attributes that an update named, as they are afterwards
     */
    record Outcome(
            @Nullable Item after,
            @Nullable Bytes image,
            @Nullable Item updated) {
        static final Outcome GONE = new Outcome(null, null, null);
    }

    boolean isConditional() {
        return condition != null;
    }

    /**
     * @param needsBefore whether the item as it was is wanted for more than this action needs it for
     * @throws ApiException if the action is refused
     */
    final Planned plan(ApiContext context, ReadView view, boolean needsBefore) {
        TableDescriptor table = context.serving(view.catalog(), tableName);
        ItemKey key = key(table);
        requireScalarKeys(table);
        context.insights().accessed(table, key);
        boolean counted = writes() && context.throttle().counts(table);
        if (counted) {
            context.admitWrite(table, key.partition());
        }
        Item before = null;
        if (needsBefore || counted || condition != null || dependsOnBefore()) {
            before = before(view, table, key);
        }
        if (condition != null && !condition.test(before)) {
            throw ApiException.conditionFailed(returnsOldOnFailure ? before : null);
        }
        return new Planned(this, table, key, before, outcome(table, before), counted ? context.throttle() : null);
    }

    /** Paths go into no attribute of a key. */
    void requireScalarKeys(TableDescriptor table) {
        if (condition != null) {
            Keys.requireScalars(condition.documents(), table);
        }
    }

    /** A put or a delete without a condition goes over what is damaged, as if nothing had been there. */
    private @Nullable Item before(ReadView view, TableDescriptor table, ItemKey key) {
        try {
            StoredItem stored = view.get(table, key);
            return stored == null ? null : stored.item();
        } catch (DamagedValueException damaged) {
            if (condition != null || dependsOnBefore() || !writes()) {
                throw damaged;
            }
            return null;
        }
    }

    /** Whether the outcome is computed from the item as it was. */
    boolean dependsOnBefore() {
        return false;
    }

    /** Whether anything is written. */
    boolean writes() {
        return true;
    }

    /**
     * An action whose condition holds, with what it will do.
     *
     * @param before null also where nobody asked for it
     * @param throttle to be told what is written; null where nobody counts
     */
    record Planned(
            ItemAction action,
            TableDescriptor table,
            ItemKey key,
            @Nullable Item before,
            Outcome outcome,
            @Nullable Throttle throttle) {
        void write(WriteView view) {
            write(view, Capacity.Price.STANDARD);
        }

        /** @param price of the units that the table is charged */
        void write(WriteView view, Capacity.Price price) {
            if (!action.writes()) {
                return;
            }
            Bytes image = outcome.image();
            if (image == null) {
                view.delete(table, key, Cause.USER);
            } else {
                view.put(table, key, image, Cause.USER);
            }
            if (throttle != null) {
                Capacity.Consumed consumed = new Capacity.Consumed(table.name(), price);
                consumed.addWrite(this);
                throttle.written(table, consumed);
            }
        }

        /** The larger of the item before and after, in bytes. */
        long largestBytes() {
            return Math.max(size(before), size(outcome.after()));
        }
    }

    static long size(@Nullable Item item) {
        return item == null ? 0 : item.sizeBytes();
    }

    /** @throws ApiException if the item is too large */
    static Bytes image(Item item, String tooLarge) {
        int bytes = item.sizeBytes();
        if (bytes > Item.MAX_SIZE_BYTES) {
            throw ApiException.validation(tooLarge);
        }
        return Bytes.wrap(ItemCodec.encode(item, bytes + bytes / 8 + CODES_ROOM));
    }
}
