package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeTable. */
final class DescribeTable implements Operation {
    private final ApiContext context;

    DescribeTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        return CompletableFuture.completedFuture(TableDescription.ofCurrent(context, context.existing(name)));
    }
}
