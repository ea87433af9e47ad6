package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** DeleteItem. */
final class DeleteItem extends ItemOperation {
    DeleteItem(ApiContext context) {
        super(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return write(request, actions -> actions.delete(request));
    }
}
