package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeContinuousBackups: what was asked for. Tools ask before they look at a table. */
final class DescribeContinuousBackups implements Operation {
    private final ApiContext context;

    DescribeContinuousBackups(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        TableDescriptor table = LegacyGlobalTable.table(context, request.tableName("TableName", context.region()));
        return CompletableFuture.completedFuture(
                context.store().read(view -> ContinuousBackups.description(view, table.id())));
    }
}
