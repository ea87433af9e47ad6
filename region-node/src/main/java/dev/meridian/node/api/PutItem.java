package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** PutItem. */
final class PutItem extends ItemOperation {
    PutItem(ApiContext context) {
        super(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return write(request, actions -> actions.put(request));
    }
}
