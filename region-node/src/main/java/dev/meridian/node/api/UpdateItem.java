package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** UpdateItem. */
final class UpdateItem extends ItemOperation {
    UpdateItem(ApiContext context) {
        super(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return write(request, actions -> actions.update(request));
    }
}
