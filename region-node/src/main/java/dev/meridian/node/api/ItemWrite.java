package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Placeholders;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import org.jspecify.annotations.Nullable;

/** What PutItem, UpdateItem and DeleteItem have in common: table, placeholders, condition, what to return. */
final class ItemWrite {
    final String tableName;
    final Placeholders placeholders;
    final String returnValues;
    final String capacity;
    private final @Nullable Condition condition;
    private final boolean returnOnFailure;

    /** @param updateExpression for UpdateItem only */
    ItemWrite(
            RequestReader request,
            ApiContext context,
            @Nullable String updateExpression,
            String... allowedReturnValues) {
        request.refuse("Expected", "ConditionalOperator", "AttributeUpdates");
        tableName = request.tableName("TableName", context.region());
        returnValues = request.choice("ReturnValues", "NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW");
        returnOnFailure = request.choice("ReturnValuesOnConditionCheckFailure", "NONE", "ALL_OLD")
                .equals("ALL_OLD");
        request.choice("ReturnItemCollectionMetrics", "NONE", "SIZE");
        capacity = Capacity.asked(request);
        String text = request.text("ConditionExpression");
        request.check();
        if (!java.util.Arrays.asList(allowedReturnValues).contains(returnValues)) {
            throw ApiException.validation("Return values set to invalid value");
        }
        placeholders = new Placeholders(
                request.texts("ExpressionAttributeNames"), request.values("ExpressionAttributeValues"));
        boolean any = text != null || updateExpression != null;
        placeholders.requireExpression(any, any);
        condition = text == null ? null : Condition.parse(ExpressionKind.CONDITION, text, placeholders);
    }

    boolean needsOld() {
        return condition != null || !returnValues.equals("NONE") || !capacity.equals("NONE");
    }

    /** The item before the write; the condition has been tested against it. */
    @Nullable
    Item checkedOld(ReadView view, TableDescriptor table, ItemKey key) {
        if (!needsOld()) {
            return null;
        }
        StoredItem stored = view.get(table, key);
        Item old = stored == null ? null : stored.item();
        check(old);
        return old;
    }

    void check(@Nullable Item old) {
        if (condition != null && !condition.test(old)) {
            throw ApiException.conditionFailed(returnOnFailure ? old : null);
        }
    }

    static Bytes image(Item item) {
        if (item.sizeBytes() > Item.MAX_SIZE_BYTES) {
            throw ApiException.validation("Item size has exceeded the maximum allowed size");
        }
        return Bytes.wrap(ItemCodec.encode(item));
    }

    /** @param attributes what ReturnValues asked for, if anything is there */
    Reply reply(@Nullable Item attributes, double units) {
        return Reply.later(out -> {
            if (attributes != null && !attributes.attributes().isEmpty()) {
                out.writeFieldName("Attributes");
                AttributeJson.write(attributes, out);
            }
            Capacity.writeField(out, capacity, tableName, units);
        });
    }

    static long size(@Nullable Item item) {
        return item == null ? 0 : item.sizeBytes();
    }
}
