package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** CreateGlobalTable: replicas of a table that is here, in the other regions of the group. */
final class CreateGlobalTable implements Operation {
    private final ApiContext context;

    CreateGlobalTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("GlobalTableName", context.region());
        List<ReplicaUpdate> updates = LegacyGlobalTable.creations(context, request.objects("ReplicationGroup"));
        TableDescriptor table = LegacyGlobalTable.table(context, name);
        if (!context.globalTables().members(table).isEmpty()) {
            throw new ApiException(
                    ErrorCode.GLOBAL_TABLE_ALREADY_EXISTS, "Global table with name: '" + name + "' already exists.");
        }
        if (updates.isEmpty()) {
            throw Keys.invalid("ReplicationGroup names no region besides " + context.region());
        }
        LegacyGlobalTable.requireActive(table);
        ReplicaRequests.check(context, table, updates);
        return context.globalTables()
                .update(table, updates)
                .thenApply(unused -> LegacyGlobalTable.reply(context, name));
    }
}
