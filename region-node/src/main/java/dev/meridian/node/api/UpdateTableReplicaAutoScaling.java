package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** UpdateTableReplicaAutoScaling: settings are kept and shown; nothing is scaled. */
final class UpdateTableReplicaAutoScaling implements Operation {
    private final ApiContext context;

    UpdateTableReplicaAutoScaling(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        TableDescriptor table = AutoScaling.table(context, request);
        Asked asked = new Asked(table);
        asked.add(
                AutoScaling.writes(null),
                request.object("ProvisionedWriteCapacityAutoScalingUpdate"),
                "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate",
                null,
                false);
        for (RequestReader update : request.objects("GlobalSecondaryIndexUpdates")) {
            String index = update.text("IndexName", "");
            asked.add(
                    AutoScaling.writes(index),
                    update.object("ProvisionedWriteCapacityAutoScalingUpdate"),
                    "GlobalTableGlobalSecondaryIndexSettingsUpdate",
                    index,
                    false);
        }
        Set<RegionId> members = context.globalTables().members(table).stream()
                .map(ReplicaDescription::region)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> seen = new TreeSet<>();
        for (RequestReader replica : request.objects("ReplicaUpdates")) {
            RegionId region = ReplicaRequests.region(replica.requiredText("RegionName"));
            if (!seen.add(region.value())) {
                throw ApiException.validation(
                        failed(table) + "because the regions: ‘[" + region + "]’ were specified more than once.");
            }
            if (!members.contains(region)) {
                throw ApiException.resourceNotFound(
                        failed(table) + "because a replica does not exist in regions: ‘[" + region + "]’.");
            }
            int before = asked.settings.size();
            asked.addReads(region, replica);
            if (asked.settings.size() == before) {
                throw ApiException.validation(failed(table)
                        + "because at least one update parameter must be specified for region: ‘" + region + "’.");
            }
        }
        if (asked.settings.isEmpty()) {
            throw ApiException.validation(failed(table) + "because at least one update parameter must be specified.");
        }
        if (!asked.needsCapacity.isEmpty() && table.settings().isOnDemand()) {
            throw isOnDemand(table, members, asked.needsCapacity);
        }
        return context.globalTables()
                .scale(table, asked.settings)
                .thenApply(unused -> AutoScaling.reply(context, context.existing(table.name())));
    }

    private static String failed(TableDescriptor table) {
        return "Failed to update settings for global table with name: ‘" + table.name() + "’ ";
    }

    private static ApiException isOnDemand(TableDescriptor table, Set<RegionId> members, Set<String> parameters) {
        String regions = members.stream()
                .map(region -> "'" + region.value().toUpperCase(Locale.ROOT) + "'")
                .collect(Collectors.joining(", "));
        String names = parameters.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        return ApiException.validation("Failed to update global table with name ‘" + table.name() + "‘. Replicas "
                + regions + " BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set"
                + " parameters: " + names + ".");
    }

    /** The settings of one request, by what they are for. */
    private static final class Asked {
        private final TableDescriptor table;
        private final List<String> indexes;
        private final TreeMap<String, String> settings = new TreeMap<>();
        private final Set<String> needsCapacity = new TreeSet<>();

        Asked(TableDescriptor table) {
            this.table = table;
            this.indexes = AutoScaling.indexes(table).stream()
                    .map(index -> index.name())
                    .toList();
        }

        /** @param parameter as the service calls it when the table is on demand */
        void add(String of, @Nullable RequestReader update, String parameter, @Nullable String index, boolean reads) {
            if (index != null && !indexes.contains(index)) {
                throw ApiException.resourceNotFound(failed(table)
                        + "because the global secondary indexes with names: ‘[" + index + "]’ do not exist.");
            }
            if (update == null) {
                return;
            }
            settings.put(of, AutoScaling.settings(update, table, index, reads));
            if (!update.flag("AutoScalingDisabled")) {
                needsCapacity.add(parameter);
            }
        }

        void addReads(RegionId region, RequestReader replica) {
            add(
                    AutoScaling.reads(region, null),
                    replica.object("ReplicaProvisionedReadCapacityAutoScalingUpdate"),
                    "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate",
                    null,
                    true);
            for (RequestReader update : replica.objects("ReplicaGlobalSecondaryIndexUpdates")) {
                String index = update.text("IndexName", "");
                add(
                        AutoScaling.reads(region, index),
                        update.object("ProvisionedReadCapacityAutoScalingUpdate"),
                        "ReplicaGlobalSecondaryIndexSettingsUpdate",
                        index,
                        true);
            }
        }
    }
}
