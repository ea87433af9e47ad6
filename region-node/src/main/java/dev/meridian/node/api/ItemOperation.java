package dev.meridian.node.api;

import dev.meridian.node.api.ItemAction.Planned;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What PutItem, UpdateItem and DeleteItem have in common: one action, done alone. */
abstract class ItemOperation implements Operation {
    private final ApiContext context;

    ItemOperation(ApiContext context) {
        this.context = context;
    }

    @Override
    public ValueLayer layer() {
        return ValueLayer.ENVELOPED;
    }

    final CompletionStage<Reply> write(RequestReader request, Function<ItemActions, ItemAction> reader) {
        ItemAction action;
        try {
            action = reader.apply(new ItemActions(context));
        } catch (ApiException refused) {
            throw layer().before(refused);
        }
        ItemReply reply = new ItemReply(request);
        return context.store().write(view -> {
            Planned planned = action.plan(context, view, reply.needsBefore());
            planned.write(view);
            return reply.of(
                    planned,
                    action instanceof ItemUpdate update ? update : null,
                    reply.wantsMetrics() ? CollectionMetrics.estimate(view, planned.table(), planned.key()) : null);
        });
    }
}
