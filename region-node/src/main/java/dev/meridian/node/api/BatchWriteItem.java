package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.store.ReadView;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/**
 * BatchWriteItem. All of it is written, in one commit, but for tables that have used up what they are provisioned with:
 * what was for those comes back as UnprocessedItems.
 */
final class BatchWriteItem implements Operation {
    private static final int MAX_WRITES = 25;
    private static final Pattern TABLE = Pattern.compile("[a-zA-Z0-9_.-]{3,255}|arn:.*");
    private static final String REQUEST_ITEMS =
            "1 validation error detected: Value '{%s=%s}' at 'requestItems' failed to"
                    + " satisfy constraint: Map %s must satisfy constraint: [%s]";

    private final ApiContext context;

    BatchWriteItem(ApiContext context) {
        this.context = context;
    }

    @Override
    public void beforeConstraints(RequestReader request) {
        if (request.has("RequestItems") && request.arraysByName("RequestItems").isEmpty()) {
            throw ApiException.validation("The requestItems parameter is required for BatchWriteItem");
        }
    }

    private record Target(TableId table, ItemKey key) {}

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Capacity.Asked capacity = Capacity.asked(request);
        boolean metrics = CollectionMetrics.asked(request);
        Map<String, List<RequestReader>> tables = request.arraysByName("RequestItems");
        tables.forEach(BatchWriteItem::checkTable);
        if (tables.values().stream().mapToInt(List::size).sum() > MAX_WRITES) {
            throw ApiException.validation("Too many items requested for the BatchWriteItem call");
        }
        List<Part> parts = new ArrayList<>();
        tables.forEach((asked, requests) -> {
            String name = RequestReader.tableOf(asked, context.region());
            parts.add(new Part(
                    asked,
                    name,
                    requests.stream().map(each -> action(name, each)).toList()));
        });
        return context.store().write(view -> {
            Set<Target> targets = new HashSet<>();
            List<Planned> planned = new ArrayList<>();
            List<Part> unprocessed = throttled(view, parts);
            for (ItemAction action : actionsOf(parts, unprocessed)) {
                if (action instanceof ItemPut put) {
                    Keys.requireIn(
                            put.item(),
                            context.serving(view.catalog(), action.tableName).schema());
                }
                Planned next = action.plan(context, view, capacity != Capacity.Asked.NONE);
                if (!targets.add(new Target(next.table().id(), next.key()))) {
                    throw ApiException.validation("Provided list of item keys contains duplicates");
                }
                planned.add(next);
            }
            planned.forEach(each -> each.write(view));
            Map<String, List<CollectionMetrics.Estimate>> estimates =
                    metrics ? CollectionMetrics.byTable(view, planned) : Map.of();
            return reply(capacity, planned, estimates, unprocessed);
        });
    }

    /** What is to be written in one table. */
    private record Part(String asked, String table, List<ItemAction> actions) {}

    private static List<ItemAction> actionsOf(List<Part> parts, List<Part> without) {
        return parts.stream()
                .filter(part -> !without.contains(part))
                .flatMap(part -> part.actions().stream())
                .toList();
    }

    /** The parts whose tables have used up what they are provisioned with. @throws ApiException if all have */
    private List<Part> throttled(ReadView view, List<Part> parts) {
        List<Part> throttled = new ArrayList<>();
        for (Part part : parts) {
            try {
                context.throttle().admitWrite(context.serving(view.catalog(), part.table()));
            } catch (ApiException refused) {
                throttled.add(part);
                if (refused.code() != ErrorCode.PROVISIONED_THROUGHPUT_EXCEEDED || throttled.size() == parts.size()) {
                    throw refused;
                }
            }
        }
        return throttled;
    }

    private static void checkTable(String asked, List<RequestReader> requests) {
        if (!TABLE.matcher(asked).matches()) {
            throw ApiException.validation(String.format(
                    REQUEST_ITEMS,
                    asked,
                    requests,
                    "keys",
                    "Member must have length less than or equal to 255, Member must have length greater than or equal"
                            + " to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
        }
        if (requests.isEmpty() || requests.size() > MAX_WRITES) {
            throw ApiException.validation(String.format(
                    REQUEST_ITEMS,
                    asked,
                    requests,
                    "value",
                    "Member must have length less than or equal to 25, Member must have length greater than or equal"
                            + " to 1"));
        }
    }

    private static ItemAction action(String table, RequestReader each) {
        RequestReader put = each.object("PutRequest");
        RequestReader delete = each.object("DeleteRequest");
        if (put != null && delete == null) {
            return new ItemPut(table, put.takeItem("Item"), null, false);
        }
        if (delete != null && put == null) {
            return new ItemDelete(table, delete.requiredItem("Key"), null, false);
        }
        throw ApiException.validation(
                put == null
                        ? "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                        : "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the"
                                + " supported datatypes");
    }

    private static Reply reply(
            Capacity.Asked capacity,
            List<Planned> planned,
            Map<String, List<CollectionMetrics.Estimate>> estimates,
            List<Part> unprocessed) {
        Map<String, Capacity.Consumed> consumed = new LinkedHashMap<>();
        if (capacity != Capacity.Asked.NONE) {
            planned.forEach(each -> consumed.computeIfAbsent(each.table().name(), Capacity.Consumed::new)
                    .addWrite(each));
        }
        return Reply.later(out -> {
            out.writeObjectFieldStart("UnprocessedItems");
            for (Part part : unprocessed) {
                out.writeArrayFieldStart(part.asked());
                for (ItemAction each : part.actions()) {
                    writeUnprocessed(each, out);
                }
                out.writeEndArray();
            }
            out.writeEndObject();
            CollectionMetrics.write(estimates, out);
            Capacity.write(consumed.values(), capacity, out);
        });
    }

    /** As it was asked. */
    private static void writeUnprocessed(ItemAction action, JsonGenerator out) throws IOException {
        boolean isPut = action instanceof ItemPut;
        out.writeStartObject();
        out.writeObjectFieldStart(isPut ? "PutRequest" : "DeleteRequest");
        out.writeFieldName(isPut ? "Item" : "Key");
        AttributeJson.write(action instanceof ItemPut put ? put.item() : ((ItemDelete) action).keyItem(), out);
        out.writeEndObject();
        out.writeEndObject();
    }
}
