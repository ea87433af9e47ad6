package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** UpdateGlobalTable: replicas come and go, several at once. */
final class UpdateGlobalTable implements Operation {
    private final ApiContext context;

    UpdateGlobalTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("GlobalTableName", context.region());
        List<RequestReader> entries = request.objects("ReplicaUpdates");
        if (entries.isEmpty()) {
            throw ApiException.validation("One or more parameter values were invalid");
        }
        TableDescriptor table = LegacyGlobalTable.global(context, name, "");
        Set<RegionId> members = LegacyGlobalTable.regions(context, table);
        List<ReplicaUpdate> updates = new ArrayList<>();
        for (RequestReader entry : entries) {
            updates.add(update(entry, members));
        }
        LegacyGlobalTable.requireActive(table);
        ReplicaRequests.check(context, table, updates);
        return context.globalTables()
                .update(table, updates)
                .thenApply(unused -> LegacyGlobalTable.reply(context, name));
    }

    private static ReplicaUpdate update(RequestReader entry, Set<RegionId> members) {
        RequestReader create = entry.object("Create");
        RequestReader delete = entry.object("Delete");
        if ((create == null) == (delete == null)) {
            throw Keys.invalid("One of ReplicaUpdate.Create, ReplicaUpdate.Delete must be specified");
        }
        RegionId region = ReplicaRequests.region(
                (create == null ? entry.requiredObject("Delete") : create).requiredText("RegionName"));
        boolean there = members.contains(region);
        if (create != null && there) {
            throw new ApiException(
                    ErrorCode.REPLICA_ALREADY_EXISTS,
                    "The specified replica is already part of the global table: " + region);
        }
        if (create == null && !there) {
            throw new ApiException(
                    ErrorCode.REPLICA_NOT_FOUND, "The specified replica is not part of the global table: " + region);
        }
        return new ReplicaUpdate(create == null ? ReplicaUpdate.Kind.DELETE : ReplicaUpdate.Kind.CREATE, region);
    }
}
