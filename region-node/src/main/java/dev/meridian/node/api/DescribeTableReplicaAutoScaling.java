package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeTableReplicaAutoScaling. */
final class DescribeTableReplicaAutoScaling implements Operation {
    private final ApiContext context;

    DescribeTableReplicaAutoScaling(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return CompletableFuture.completedFuture(AutoScaling.reply(context, AutoScaling.table(context, request)));
    }
}
