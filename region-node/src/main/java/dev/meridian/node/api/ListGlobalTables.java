package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** ListGlobalTables: none, for it lists those of version 2017.11.29. */
final class ListGlobalTables implements Operation {
    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("GlobalTables");
            out.writeEndArray();
        }));
    }
}
