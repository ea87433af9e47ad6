package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiException.CancellationReason;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * TransactWriteItems: all actions or none, in one transaction of the store. The store has one writer, so transactions
 * never meet, and none is ever cancelled for a conflict with another.
 */
final class TransactWriteItems implements Operation {
    private static final List<String> KINDS = List.of("ConditionCheck", "Put", "Delete", "Update");
    private static final long MAX_BYTES = 4L << 20;

    private final ApiContext context;
    private final TransactionTokens tokens;

    TransactWriteItems(ApiContext context, TransactionTokens tokens) {
        this.context = context;
        this.tokens = tokens;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        ItemActions reader = new ItemActions(context);
        String token = request.text("ClientRequestToken");
        // Before the actions are read, which lets go of their JSON.
        TransactionTokens.Claim claim = token == null ? null : tokens.claim(token, request, "TransactItems");
        List<ItemAction> actions = new ArrayList<>();
        for (RequestReader each : request.objects("TransactItems")) {
            actions.add(action(reader, each));
        }
        Capacity.Asked capacity = Capacity.asked(request);
        boolean metrics = CollectionMetrics.asked(request);
        return context.store().write(view -> {
            if (claim != null && claim.isDone(view)) {
                return again(view, actions, capacity);
            }
            Unfit unfit = requireDistinct(context, view, actions);
            if (unfit != null) {
                throw unfit.cancels(actions.size());
            }
            List<Planned> planned = plan(context, view, actions, capacity != Capacity.Asked.NONE);
            view.beginTransaction();
            planned.forEach(each -> each.write(view, Capacity.Price.TRANSACTED_WRITE));
            if (claim != null) {
                claim.record(view);
            }
            return reply(
                    consumed(planned, capacity),
                    capacity,
                    metrics ? CollectionMetrics.byTable(view, planned) : Map.of());
        });
    }

    private static ItemAction action(ItemActions reader, RequestReader each) {
        List<String> given = KINDS.stream().filter(each::has).toList();
        if (given.size() != 1) {
            throw ApiException.validation(
                    given.isEmpty()
                            ? "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
                            : "TransactItems can only contain one of Check, Put, Update or Delete");
        }
        RequestReader action = each.requiredObject(given.get(0));
        return switch (given.get(0)) {
            case "Put" -> reader.put(action);
            case "Delete" -> reader.delete(action);
            case "Update" -> reader.update(action);
            default -> reader.check(action);
        };
    }

    /**
     * Checks all actions against the items as they are, before any is done.
     *
     * @throws ApiException if the request is refused, or the transaction cancelled
     */
    static List<Planned> plan(
            ApiContext context, WriteView view, List<? extends ItemAction> actions, boolean needsBefore) {
        List<Planned> planned = new ArrayList<>();
        List<CancellationReason> reasons = new ArrayList<>();
        boolean cancelled = false;
        long bytes = 0;
        for (ItemAction action : actions) {
            try {
                Planned next = action.plan(context, view, needsBefore);
                planned.add(next);
                Item after = next.outcome().after();
                bytes += action.writes() && after != null ? after.sizeBytes() : 0;
                reasons.add(CancellationReason.NONE);
            } catch (ApiException refused) {
                reasons.add(CancellationReason.of(refused));
                cancelled = true;
            }
        }
        if (cancelled) {
            throw ApiException.transactionCancelled(reasons);
        }
        if (bytes > MAX_BYTES) {
            String tooLarge = "Transaction payload size cannot exceed 4MB. Payload Size: ";
            // Twice, as the service says it.
            throw ApiException.validation(tooLarge + ": " + tooLarge + bytes);
        }
        return planned;
    }

    private record Target(TableId table, ItemKey key) {}

    /** What is wrong with an action, whatever the items are. */
    record Unfit(int place, ApiException why) {
        /** It is told before all that depends on items, and alone: the others have no reason then. */
        ApiException cancels(int actions) {
            List<CancellationReason> reasons = new ArrayList<>(Collections.nCopies(actions, CancellationReason.NONE));
            reasons.set(place, CancellationReason.of(why));
            return ApiException.transactionCancelled(reasons);
        }
    }

    /**
     * What is told of the whole request: tables that are not there, empty keys, and two actions on one item.
     *
     * @return the first action whose key does not fit its table, which is told as a reason; null if all fit
     */
    static @Nullable Unfit requireDistinct(ApiContext context, WriteView view, List<? extends ItemAction> actions) {
        actions.forEach(action -> context.serving(view.catalog(), action.tableName));
        Unfit first = null;
        Set<Target> targets = new HashSet<>();
        for (int i = 0; i < actions.size(); i++) {
            TableDescriptor table = context.serving(view.catalog(), actions.get(i).tableName);
            ItemKey key;
            try {
                key = actions.get(i).key(table);
            } catch (ApiException refused) {
                if (refused.getMessage().startsWith("One or more parameter values are not valid.")) {
                    throw refused;
                }
                first = first == null ? new Unfit(i, refused) : first;
                continue;
            }
            if (!targets.add(new Target(table.id(), key))) {
                throw ApiException.validation("Transaction request cannot include multiple operations on one item");
            }
        }
        return first;
    }

    /** The same request as one that was done: its items are read, and nothing is written. */
    private Reply again(WriteView view, List<ItemAction> actions, Capacity.Asked capacity) {
        return reply(consumedAgain(context, view, actions), capacity, Map.of());
    }

    static Map<String, Capacity.Consumed> consumedAgain(
            ApiContext context, WriteView view, List<? extends ItemAction> actions) {
        Map<String, Capacity.Consumed> consumed = new LinkedHashMap<>();
        for (ItemAction action : actions) {
            TableDescriptor table = context.serving(view.catalog(), action.tableName);
            StoredItem stored = view.get(table, action.key(table));
            long size = stored == null ? 0 : stored.item().sizeBytes();
            consumed.computeIfAbsent(table.name(), name -> new Capacity.Consumed(name, Capacity.Price.TRANSACTED_READ))
                    .add(2 * Capacity.readUnits(size, true));
        }
        return consumed;
    }

    static Map<String, Capacity.Consumed> consumed(List<Planned> planned, Capacity.Asked capacity) {
        Map<String, Capacity.Consumed> consumed = new LinkedHashMap<>();
        if (capacity != Capacity.Asked.NONE) {
            planned.forEach(each -> consumed.computeIfAbsent(
                            each.table().name(), name -> new Capacity.Consumed(name, Capacity.Price.TRANSACTED_WRITE))
                    .addWrite(each));
        }
        return consumed;
    }

    private static Reply reply(
            Map<String, Capacity.Consumed> consumed,
            Capacity.Asked capacity,
            Map<String, List<CollectionMetrics.Estimate>> estimates) {
        return Reply.later(out -> {
            Capacity.write(consumed.values(), capacity, out);
            CollectionMetrics.write(estimates, out);
        });
    }
}
