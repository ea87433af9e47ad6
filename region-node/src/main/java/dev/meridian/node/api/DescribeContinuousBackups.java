package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeContinuousBackups: always disabled. Tools ask before they look at a table. */
final class DescribeContinuousBackups implements Operation {
    private final ApiContext context;

    DescribeContinuousBackups(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        ContinuousBackups.table(context, request);
        return CompletableFuture.completedFuture(ContinuousBackups.description());
    }
}
