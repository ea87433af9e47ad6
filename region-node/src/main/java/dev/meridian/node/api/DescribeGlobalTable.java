package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeGlobalTable. */
final class DescribeGlobalTable implements Operation {
    private final ApiContext context;

    DescribeGlobalTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("GlobalTableName", context.region());
        LegacyGlobalTable.global(context, name, "Global table not found: ");
        return CompletableFuture.completedFuture(LegacyGlobalTable.reply(context, name));
    }
}
