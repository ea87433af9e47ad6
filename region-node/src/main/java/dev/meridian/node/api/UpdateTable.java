package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
        List<RequestReader> indexes = request.objects("GlobalSecondaryIndexUpdates");
        boolean changesSettings = SETTINGS.stream().anyMatch(request::has);
        if (!changesSettings && replicas.isEmpty() && indexes.isEmpty()) {
            throw ApiException.validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled,"
                    + " GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
        }
        if (!replicas.isEmpty() && (changesSettings || !indexes.isEmpty())) {
            throw Keys.invalid("Requests that modify replicas or witnesses must not also modify other fields");
        }
        checkIndexUpdates(indexes);
        TableDescriptor table = context.existing(name);
        ReplicaRequests.check(context, table, replicas);
        requireChangeable(table, replicas);
        CompletionStage<Void> done = replicas.isEmpty()
                ? change(request, table, indexes)
                : context.globalTables().update(table, replicas);
        return done.thenApply(unused -> TableDescription.ofChanged(context, context.existing(name)));
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

    private CompletionStage<Void> change(RequestReader request, TableDescriptor known, List<RequestReader> indexes) {
        IndexRequests definitions = new IndexRequests(request);
        StreamChange stream = StreamChange.ofTable(request);
        return context.globalTables().change(known, (view, table) -> {
            stream.check(view, table, !context.globalTables().replicas(table).isEmpty());
            TableSettings settings =
                    Settings.changed(request, table.settings(), context.clock().millis());
            TableDescriptor next = table.withSettings(settings);
            for (RequestReader update : indexes) {
                next = edit(view, next, update, definitions, settings.isOnDemand());
            }
            if (settings.isOnDemand() && !table.settings().isOnDemand()) {
                for (IndexDescriptor index : next.indexes()) {
                    next = next.withIndex(index.withCapacity(0, 0));
                }
            }
            stream.apply(view, table, context.clock().millis());
            return next;
        });
    }

    private static void checkIndexUpdates(List<RequestReader> updates) {
        Set<String> names = new HashSet<>();
        for (RequestReader update : updates) {
            List<String> kinds = List.of("Create", "Update", "Delete").stream()
                    .filter(update::has)
                    .toList();
            if (kinds.isEmpty()) {
                throw Keys.invalid("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
                        + " GlobalSecondaryIndexUpdate.Delete must not be null");
            }
            if (kinds.size() > 1) {
                throw Keys.invalid("Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
                        + " GlobalSecondaryIndexUpdate.Delete may be given");
            }
            String index = update.requiredObject(kinds.get(0)).requiredText("IndexName");
            if (!names.add(index)) {
                throw Keys.invalid(
                        "Only one global secondary index update per index is allowed simultaneously. Index: " + index);
            }
        }
    }

    private static TableDescriptor edit(
            WriteView view, TableDescriptor table, RequestReader update, IndexRequests definitions, boolean onDemand) {
        RequestReader create = update.object("Create");
        RequestReader delete = update.object("Delete");
        if (create != null) {
            return created(view, table, definitions.global(create, onDemand));
        }
        if (delete != null) {
            IndexDescriptor index = existing(table, delete);
            if (index.status() == IndexStatus.DELETING) {
                throw ApiException.resourceInUse(
                        "Attempt to change a resource which is still in use: Index is being deleted: " + index.name());
            }
            return table.withIndex(index.withStatus(IndexStatus.DELETING));
        }
        RequestReader change = update.requiredObject("Update");
        IndexDescriptor index = existing(table, change);
        RequestReader throughput = change.object("ProvisionedThroughput");
        if (throughput == null) {
            change.refuse("OnDemandThroughput", "WarmThroughput");
            return table;
        }
        if (onDemand) {
            throw Keys.invalid("ProvisionedThroughput should not be specified for index: " + index.name()
                    + " when BillingMode is PAY_PER_REQUEST");
        }
        return table.withIndex(index.withCapacity(
                Settings.units(throughput, "ReadCapacityUnits"), Settings.units(throughput, "WriteCapacityUnits")));
    }

    private static IndexDescriptor existing(TableDescriptor table, RequestReader update) {
        String name = update.requiredText("IndexName");
        IndexDescriptor index = table.index(name);
        if (index == null || index.kind() == IndexDescriptor.Kind.LOCAL) {
            throw ApiException.resourceNotFound("Requested resource not found");
        }
        return index;
    }

    private static TableDescriptor created(WriteView view, TableDescriptor table, IndexRequests.Definition definition) {
        if (table.index(definition.name()) != null) {
            throw ApiException.validation("Attempting to create an index which already exists");
        }
        boolean building = table.indexes().stream().anyMatch(index -> index.status() == IndexStatus.CREATING);
        if (building) {
            throw new ApiException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Only 1 online index can be created simultaneously per table");
        }
        long global = table.indexes().stream()
                .filter(index -> index.kind() == IndexDescriptor.Kind.GLOBAL)
                .count();
        if (global >= IndexRequests.GLOBAL_MOST) {
            throw Keys.invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
        }
        return table.withIndex(definition.numbered(view.nextTableNumber(), IndexStatus.CREATING));
    }
}
