package dev.meridian.node.api;

import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import java.util.concurrent.CompletionStage;

/** DeleteTable. */
final class DeleteTable implements Operation {
    private final ApiContext context;

    DeleteTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        TableDescriptor table = context.existing(name);
        if (table.settings().deletionProtection()) {
            throw ApiException.validation("Resource cannot be deleted as it is currently protected against deletion."
                    + " Disable deletion protection first.");
        }
        // UPDATING: a new replica loads from here, and may never come. It then loads from another region, or not at
        // all.
        if (table.status() != TableStatus.ACTIVE && table.status() != TableStatus.UPDATING) {
            throw ApiException.inUse(table);
        }
        if (table.indexes().stream().anyMatch(index -> index.status() != IndexStatus.ACTIVE)) {
            throw ApiException.resourceInUse("Attempt to change a resource which is still in use: Cannot delete table"
                    + " while indexes are being created, updated, or deleted.");
        }
        Reply reply = TableDescription.ofDeleted(context, table.withStatus(TableStatus.DELETING));
        return context.globalTables().delete(table).thenApply(unused -> reply);
    }
}
