package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** UpdateTable: replicas, capacity and deletion protection. */
final class UpdateTable implements Operation {
    private final ApiContext context;

    UpdateTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse(
                "GlobalSecondaryIndexUpdates",
                "StreamSpecification",
                "SSESpecification",
                "TableClass",
                "WarmThroughput",
                "OnDemandThroughput",
                "MultiRegionConsistency",
                "GlobalTableWitnessUpdates",
                "GlobalTableSettingsReplicationMode");
        String name = request.tableName("TableName", context.region());
        List<ReplicaUpdate> updates = replicaUpdates(request);
        request.check();
        TableDescriptor table = context.existing(name);
        if (table.status() != TableStatus.ACTIVE && !callsOff(table, updates)) {
            throw ApiException.resourceInUse(
                    "Attempt to change a resource which is still in use: Table is being updated: " + name);
        }
        TableSettings settings = Settings.changed(request, table.settings());
        boolean changesSettings = request.has("BillingMode")
                || request.has("ProvisionedThroughput")
                || request.has("DeletionProtectionEnabled");
        if (!changesSettings && updates.isEmpty()) {
            throw ApiException.validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled,"
                    + " GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
        }
        if (changesSettings && !updates.isEmpty()) {
            throw ApiException.validation("Replica updates cannot be combined with other changes of the table");
        }
        CompletionStage<Void> done = updates.isEmpty()
                ? context.globalTables().set(table, settings)
                : context.globalTables().update(table, updates);
        return done.thenApply(unused -> TableDescription.reply(context, "TableDescription", context.existing(name)));
    }

    /** A replica that is being created may never come, if its region is away: that must not hold the table. */
    private boolean callsOff(TableDescriptor table, List<ReplicaUpdate> updates) {
        List<RegionId> creating = context.globalTables().replicas(table).stream()
                .filter(replica -> replica.status().equals("CREATING"))
                .map(ReplicaDescription::region)
                .toList();
        return table.status() == TableStatus.UPDATING
                && !updates.isEmpty()
                && updates.stream()
                        .allMatch(update ->
                                update.kind() == ReplicaUpdate.Kind.DELETE && creating.contains(update.region()));
    }

    private static List<ReplicaUpdate> replicaUpdates(RequestReader request) {
        List<ReplicaUpdate> updates = new ArrayList<>();
        for (RequestReader each : request.objects("ReplicaUpdates")) {
            each.refuse("Update");
            RequestReader create = each.object("Create");
            RequestReader delete = each.object("Delete");
            if ((create == null) == (delete == null)) {
                throw ApiException.validation(
                        "A ReplicaUpdates entry must contain exactly one of Create, Update and" + " Delete");
            }
            if (create != null) {
                create.refuse(
                        "KMSMasterKeyId",
                        "ProvisionedThroughputOverride",
                        "OnDemandThroughputOverride",
                        "GlobalSecondaryIndexes",
                        "TableClassOverride");
                updates.add(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, region(create)));
            } else if (delete != null) {
                updates.add(new ReplicaUpdate(ReplicaUpdate.Kind.DELETE, region(delete)));
            }
        }
        return updates;
    }

    private static RegionId region(RequestReader action) {
        String name = action.requiredText("RegionName");
        try {
            return new RegionId(name);
        } catch (IllegalArgumentException illegal) {
            action.check();
            throw ApiException.validation("Invalid value for RegionName: " + name);
        }
    }
}
