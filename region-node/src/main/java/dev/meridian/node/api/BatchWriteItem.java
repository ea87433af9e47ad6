package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** BatchWriteItem. All of it is written, in one commit; nothing is ever left unprocessed. */
final class BatchWriteItem implements Operation {
    private static final int MAX_WRITES = 25;

    private final ApiContext context;

    BatchWriteItem(ApiContext context) {
        this.context = context;
    }

    /** @param image null for a delete */
    private record Write(
            String table, ItemKey key, @Nullable Bytes image, long size) {}

    private record Target(String table, ItemKey key) {}

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String capacity = Capacity.asked(request);
        request.choice("ReturnItemCollectionMetrics", "NONE", "SIZE");
        Map<String, List<RequestReader>> tables = request.arraysByName("RequestItems");
        if (!request.has("RequestItems")) {
            request.violation("RequestItems", null, "Member must not be null");
        } else if (tables.isEmpty()) {
            request.violation("RequestItems", "{}", "Member must have length greater than or equal to 1");
        }
        request.check();
        int count = tables.values().stream().mapToInt(List::size).sum();
        if (count > MAX_WRITES) {
            throw ApiException.validation("Too many items requested for the BatchWriteItem call");
        }
        List<Write> writes = new ArrayList<>();
        Set<Target> targets = new HashSet<>();
        tables.forEach((asked, requests) -> {
            String name = request.tableName("RequestItems", asked, context.region());
            request.check();
            if (requests.isEmpty()) {
                throw ApiException.validation("1 validation error detected: Value '{" + asked
                        + "=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint:"
                        + " [Member must have length less than or equal to 25, Member must have length greater than or"
                        + " equal to 1]");
            }
            TableDescriptor table = context.serving(name);
            for (RequestReader each : requests) {
                Write write = write(table, each);
                if (!targets.add(new Target(name, write.key()))) {
                    throw ApiException.validation("Provided list of item keys contains duplicates");
                }
                writes.add(write);
            }
        });
        request.check();
        return context.store().write(view -> {
            writes.forEach(write -> context.serving(view.catalog(), write.table()));
            Map<String, Double> units = new TreeMap<>();
            for (Write write : writes) {
                TableDescriptor table = context.serving(view.catalog(), write.table());
                Bytes image = write.image();
                if (image == null) {
                    view.delete(table, write.key(), Cause.USER);
                } else {
                    view.put(table, write.key(), image, Cause.USER);
                }
                units.merge(write.table(), Capacity.write(write.size()), Double::sum);
            }
            return reply(capacity, units);
        });
    }

    private static Write write(TableDescriptor table, RequestReader each) {
        RequestReader put = each.object("PutRequest");
        RequestReader delete = each.object("DeleteRequest");
        if (put != null && delete == null) {
            Item item = put.requiredItem("Item");
            return new Write(table.name(), Keys.ofItem(item, table.schema()), ItemWrite.image(item), item.sizeBytes());
        }
        if (delete != null && put == null) {
            return new Write(table.name(), Keys.of(delete.requiredItem("Key"), table.schema()), null, 0);
        }
        throw ApiException.validation("Supplied WriteRequest "
                + (put == null ? "is empty" : "has more than one operation") + ", must contain exactly one of the"
                + " supported operations");
    }

    private static Reply reply(String capacity, Map<String, Double> units) {
        return Reply.later(out -> {
            out.writeObjectFieldStart("UnprocessedItems");
            out.writeEndObject();
            if (!capacity.equals("NONE")) {
                out.writeArrayFieldStart("ConsumedCapacity");
                for (Map.Entry<String, Double> table : units.entrySet()) {
                    Capacity.writeObject(out, capacity, table.getKey(), table.getValue());
                }
                out.writeEndArray();
            }
        });
    }
}
