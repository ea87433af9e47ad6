package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.BillingMode;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** UpdateGlobalTableSettings: capacity of all replicas, and what single ones have their own way. */
final class UpdateGlobalTableSettings implements Operation {
    private final ApiContext context;

    UpdateGlobalTableSettings(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("GlobalTableName", context.region());
        TableDescriptor table = LegacyGlobalTable.global(context, name, "");
        Set<RegionId> members = LegacyGlobalTable.regions(context, table);
        TreeMap<String, String> scaling = new TreeMap<>();
        scale(
                scaling,
                request.object("GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"),
                AutoScaling.writes(null),
                table,
                null,
                false);
        for (RequestReader index : request.objects("GlobalTableGlobalSecondaryIndexSettingsUpdate")) {
            String of = existing(table, index);
            scale(
                    scaling,
                    index.object("ProvisionedWriteCapacityAutoScalingSettingsUpdate"),
                    AutoScaling.writes(of),
                    table,
                    of,
                    false);
        }
        List<ReplicaUpdate> updates = new ArrayList<>();
        for (RequestReader replica : request.objects("ReplicaSettingsUpdate")) {
            RegionId region = ReplicaRequests.region(replica.requiredText("RegionName"));
            if (!members.contains(region)) {
                throw new ApiException(
                        ErrorCode.REPLICA_NOT_FOUND,
                        "Failed to update settings for global table with name: ‘" + name
                                + "’ because a replica does not exist in regions: ‘[" + region + "]’.");
            }
            Overrides own = overrides(table, region, replica, scaling);
            ReplicaRequests.requireFit(own, mode(request, table.settings()) == BillingMode.PAY_PER_REQUEST);
            updates.add(new ReplicaUpdate(ReplicaUpdate.Kind.UPDATE, region, own));
        }
        LegacyGlobalTable.requireActive(table);
        return context.globalTables()
                .change(table, (view, known) -> changed(request, known))
                .thenCompose(unused -> context.globalTables().update(table, updates))
                .thenCompose(unused -> context.globalTables().scale(table, scaling))
                .thenApply(unused -> DescribeGlobalTableSettings.reply(context, context.existing(name)));
    }

    private static void scale(
            TreeMap<String, String> scaling,
            @Nullable RequestReader update,
            String of,
            TableDescriptor table,
            @Nullable String index,
            boolean reads) {
        if (update != null) {
            scaling.put(of, AutoScaling.settings(update, table, index, reads));
        }
    }

    private static String existing(TableDescriptor table, RequestReader update) {
        String name = update.requiredText("IndexName");
        if (AutoScaling.indexes(table).stream().noneMatch(index -> index.name().equals(name))) {
            throw new ApiException(
                    ErrorCode.INDEX_NOT_FOUND,
                    "Failed to update settings for global table with name: ‘" + table.name()
                            + "’ because the global secondary indexes with names: ‘[" + name + "]’ do not exist.");
        }
        return name;
    }

    private static Overrides overrides(
            TableDescriptor table, RegionId region, RequestReader replica, TreeMap<String, String> scaling) {
        scale(
                scaling,
                replica.object("ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"),
                AutoScaling.reads(region, null),
                table,
                null,
                true);
        TreeMap<String, IndexReads> indexes = new TreeMap<>();
        for (RequestReader index : replica.objects("ReplicaGlobalSecondaryIndexSettingsUpdate")) {
            String name = existing(table, index);
            Long units = index.number("ProvisionedReadCapacityUnits");
            if (units != null) {
                indexes.put(name, new IndexReads(units, null));
            }
            scale(
                    scaling,
                    index.object("ProvisionedReadCapacityAutoScalingSettingsUpdate"),
                    AutoScaling.reads(region, name),
                    table,
                    name,
                    true);
        }
        return new Overrides(
                replica.number("ReplicaProvisionedReadCapacityUnits"),
                null,
                replica.text("ReplicaTableClass"),
                null,
                indexes);
    }

    private TableDescriptor changed(RequestReader request, TableDescriptor table) {
        TableSettings settings = settings(request, table.settings());
        TableDescriptor changed = table.withSettings(settings);
        for (RequestReader update : request.objects("GlobalTableGlobalSecondaryIndexSettingsUpdate")) {
            IndexDescriptor index = table.index(update.requiredText("IndexName"));
            Long units = update.number("ProvisionedWriteCapacityUnits");
            if (index != null && units != null) {
                changed = changed.withIndex(withWrites(index, units, table.settings(), settings));
            }
        }
        return IndexCapacity.follow(table, changed);
    }

    private static IndexDescriptor withWrites(
            IndexDescriptor index, long units, TableSettings old, TableSettings settings) {
        if (settings.isOnDemand()) {
            throw Keys.invalid("ProvisionedThroughput should not be specified for index: " + index.name()
                    + " when BillingMode is PAY_PER_REQUEST");
        }
        return index.withCapacity(old.isOnDemand() ? units : index.readCapacityUnits(), units);
    }

    private static BillingMode mode(RequestReader request, TableSettings old) {
        return BillingMode.valueOf(
                request.text("GlobalTableBillingMode", old.billingMode().name()));
    }

    private TableSettings settings(RequestReader request, TableSettings old) {
        Long writes = request.number("GlobalTableProvisionedWriteCapacityUnits");
        if (mode(request, old) == BillingMode.PAY_PER_REQUEST) {
            if (writes != null) {
                throw Keys.invalid("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode"
                        + " is PAY_PER_REQUEST");
            }
            return old.onDemand(context.clock().millis());
        }
        if (writes == null && old.isOnDemand()) {
            throw Keys.invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
        }
        long write = writes == null ? old.writeCapacityUnits() : writes;
        // This operation has no read capacity for all: until a replica is given its own, it and its indexes have
        // as much as for writes.
        return old.provisioned(old.isOnDemand() ? write : old.readCapacityUnits(), write);
    }
}
