package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** UpdateTable: settings, stream, global secondary indexes, replicas. */
final class UpdateTable implements Operation {
    private static final List<String> SETTINGS = List.of(
            "BillingMode",
            "ProvisionedThroughput",
            "DeletionProtectionEnabled",
            "TableClass",
            "SSESpecification",
            "OnDemandThroughput",
            "WarmThroughput",
            "StreamSpecification");

    private final ApiContext context;

    UpdateTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse("GlobalTableSettingsReplicationMode", "VectorIndexUpdates");
        String name = request.tableName("TableName", context.region());
        List<ReplicaUpdate> replicas = ReplicaRequests.updates(request);
        IndexUpdates indexes = new IndexUpdates(request);
        boolean changesSettings = SETTINGS.stream().anyMatch(request::has);
        if (!changesSettings && replicas.isEmpty() && indexes.isEmpty()) {
            throw ApiException.validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled,"
                    + " GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady,"
                    + " ReplicaTransitRoleArn,"
                    + (request.has("MultiRegionConsistency") ? "" : " MultiRegionConsistency,")
                    + " DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
        }
        if (!replicas.isEmpty() && (changesSettings || !indexes.isEmpty())) {
            throw Keys.invalid("Replica modification must be the only operation in the request");
        }
        if (request.has("GlobalSecondaryIndexUpdates") && indexes.isEmpty()) {
            throw Keys.invalid("List of GlobalSecondaryIndexUpdates is empty");
        }
        requireOneConcern(request, indexes);
        TableDescriptor table = context.existing(name);
        ReplicaRequests.check(context, table, replicas);
        requireChangeable(table, replicas);
        if (!replicas.isEmpty()) {
            return context.globalTables()
                    .update(table, replicas)
                    .thenApply(unused -> TableDescription.ofChanged(context, context.existing(name)));
        }
        SettingsHistory history = context.store().read(view -> SettingsHistory.of(view, table));
        boolean hasReplicas = !context.globalTables().replicas(table).isEmpty();
        return change(request, table, indexes)
                .thenApply(unused -> TableDescription.ofChanging(
                        context, TableChange.of(request, table, context.existing(name), history, hasReplicas)));
    }

    /** What may be changed together, in the order in which DynamoDB looks at it. */
    private static void requireOneConcern(RequestReader request, IndexUpdates indexes) {
        long asked = SETTINGS.stream().filter(request::has).count() + (indexes.isEmpty() ? 0 : 1);
        requireAlone(request, "SSESpecification", "Server-Side Encryption modification", asked);
        requireAlone(request, "TableClass", "TableClass modification", asked);
        requireAlone(request, "DeletionProtectionEnabled", "DeletionProtection modification", asked);
        if (request.has("WarmThroughput") && indexes.creates()) {
            throw Keys.invalid("Create global secondary index cannot be specified when updating WarmThroughput");
        }
        requireAlone(request, "WarmThroughput", "WarmThroughput", asked);
        boolean stream = request.has("StreamSpecification");
        boolean units = request.has("ProvisionedThroughput")
                || request.text("BillingMode", "").equals("PROVISIONED");
        if (request.has("OnDemandThroughput") && (stream || indexes.isOnline())) {
            throw Keys.invalid("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
        }
        if (stream && units) {
            throw Keys.invalid("You cannot modify stream status while updating table IOPS");
        }
        if (indexes.isOnline() && units) {
            throw Keys.invalid("You cannot create or delete index while updating table IOPS");
        }
        if (indexes.isOnline() && stream) {
            throw Keys.invalid("You cannot create or delete index while changing stream status");
        }
    }

    private static void requireAlone(RequestReader request, String member, String called, long asked) {
        if (request.has(member) && asked > 1) {
            throw Keys.invalid(called + " must be the only operation in the request");
        }
    }

    private void requireChangeable(TableDescriptor table, List<ReplicaUpdate> replicas) {
        if (table.status() != TableStatus.ACTIVE && !callsOff(table, replicas)) {
            throw ApiException.inUse(table);
        }
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

    private CompletionStage<Void> change(RequestReader request, TableDescriptor known, IndexUpdates indexes) {
        StreamChange stream = StreamChange.ofTable(request);
        return context.globalTables().change(known, (view, table) -> {
            stream.check(view, table, !context.globalTables().replicas(table).isEmpty());
            long now = context.clock().millis();
            TableSettings settings = Settings.changed(request, table.settings(), context.region(), now);
            IndexUpdates.Checked checked = indexes.check(table.withSettings(settings));
            TableDescriptor next = IndexCapacity.follow(table, checked.table());
            SettingsHistory history = SettingsHistory.of(view, table).changed(table, next, now);
            // All is checked: from here on nothing may throw.
            history.keep(view, table);
            stream.apply(view, table, now);
            return checked.create(view, next);
        });
    }
}
