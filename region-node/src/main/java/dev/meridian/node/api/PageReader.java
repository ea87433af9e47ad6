package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Placeholders;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Query and Scan have in common: a page of items, filtered and projected. */
final class PageReader {
    /** A page ends with the item that reaches this, in bytes by DynamoDB's rules, before any filter. */
    private static final long PAGE_BYTES = 1 << 20;

    final String tableName;
    final Placeholders placeholders;
    final @Nullable Item exclusiveStart;
    private final String select;
    private final String capacity;
    private final boolean consistent;
    private final long limit;
    private final @Nullable Condition filter;
    private final @Nullable Projection projection;

    /** @param keyCondition Query's, which shares the placeholders */
    PageReader(RequestReader request, ApiContext context, @Nullable String keyCondition) {
        request.refuse("AttributesToGet", "KeyConditions", "QueryFilter", "ScanFilter", "ConditionalOperator");
        tableName = request.tableName("TableName", context.region());
        String index = request.text("IndexName");
        String selected = request.choice(
                "Select", "NONE", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT");
        select = request.has("Select") ? selected : "NONE";
        capacity = Capacity.asked(request);
        consistent = request.flag("ConsistentRead");
        Long most = request.number("Limit", 1, Integer.MAX_VALUE);
        limit = most == null ? Long.MAX_VALUE : most;
        exclusiveStart = request.item("ExclusiveStartKey");
        String filterText = request.text("FilterExpression");
        String projectionText = request.text("ProjectionExpression");
        request.check();
        placeholders = new Placeholders(
                request.texts("ExpressionAttributeNames"), request.values("ExpressionAttributeValues"));
        boolean withValues = filterText != null || keyCondition != null;
        placeholders.requireExpression(withValues || projectionText != null, withValues);
        checkSelect(projectionText != null);
        filter = filterText == null ? null : Condition.parse(ExpressionKind.FILTER, filterText, placeholders);
        projection = projectionText == null ? null : Projection.parse(projectionText, placeholders);
        TableDescriptor table = context.serving(tableName);
        if (index != null) {
            throw ApiException.validation("The table does not have the specified index: " + index);
        }
        if (filter != null && keyCondition != null) {
            for (String attribute : filter.topLevelAttributes()) {
                if (table.schema().contains(attribute)) {
                    throw ApiException.validation("Filter Expression can only contain non-primary key attributes:"
                            + " Primary key attribute: " + attribute);
                }
            }
        }
    }

    private void checkSelect(boolean projected) {
        if (select.equals("ALL_PROJECTED_ATTRIBUTES")) {
            throw Keys.invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
        }
        if (select.equals("SPECIFIC_ATTRIBUTES") && !projected) {
            throw Keys.invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get"
                    + " SPECIFIC_ATTRIBUTES");
        }
        if (projected && (select.equals("COUNT") || select.equals("ALL_ATTRIBUTES"))) {
            throw ApiException.validation("Cannot specify the ProjectionExpression when choosing to get "
                    + (select.equals("COUNT") ? "only the Count" : "ALL_ATTRIBUTES"));
        }
    }

    /** One page. */
    private static final class Page {
        final List<byte[]> items = new ArrayList<>();
        long count;
        long scanned;
        long bytes;

        @Nullable
        ItemKey last;

        boolean more;
    }

    Reply read(ApiContext context, TableDescriptor table, ScanRange range) {
        Page page = context.store().read(view -> {
            Page reading = new Page();
            view.scan(table, range, stored -> take(stored, reading));
            return reading;
        });
        return Reply.later(out -> write(table, page, out));
    }

    /** The page is full only once there is one item more. */
    private boolean take(StoredItem stored, Page page) {
        if (page.scanned >= limit || page.bytes >= PAGE_BYTES) {
            page.more = true;
            return false;
        }
        Item item = stored.item();
        page.scanned++;
        page.bytes += item.sizeBytes();
        page.last = stored.key();
        if (filter == null || filter.test(item)) {
            page.count++;
            if (!select.equals("COUNT")) {
                page.items.add(json(stored, item));
            }
        }
        return true;
    }

    private byte[] json(StoredItem stored, Item item) {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream(256);
        try (JsonGenerator out = Reply.JSON.createGenerator(bytes)) {
            if (projection == null) {
                AttributeJson.write(stored.image(), out);
            } else {
                AttributeJson.write(projection.apply(item), out);
            }
        } catch (java.io.IOException inMemory) {
            throw new java.io.UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }

    private void write(TableDescriptor table, Page page, JsonGenerator out) throws java.io.IOException {
        if (!select.equals("COUNT")) {
            out.writeArrayFieldStart("Items");
            for (byte[] item : page.items) {
                out.writeRawValue(new String(item, java.nio.charset.StandardCharsets.UTF_8));
            }
            out.writeEndArray();
        }
        out.writeNumberField("Count", page.count);
        out.writeNumberField("ScannedCount", page.scanned);
        ItemKey last = page.last;
        // A page that Limit ended names its last key even if nothing follows, as DynamoDB does.
        if (last != null && (page.more || page.scanned >= limit)) {
            out.writeFieldName("LastEvaluatedKey");
            AttributeJson.write(last.toItem(table.schema()), out);
        }
        Capacity.writeField(out, capacity, tableName, Capacity.read(page.bytes, consistent));
    }
}
