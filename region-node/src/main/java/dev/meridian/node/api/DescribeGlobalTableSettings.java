package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeGlobalTableSettings: what is in force in each region. */
final class DescribeGlobalTableSettings implements Operation {
    private final ApiContext context;

    DescribeGlobalTableSettings(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("GlobalTableName", context.region());
        TableDescriptor table = LegacyGlobalTable.global(context, name, "");
        return CompletableFuture.completedFuture(reply(context, table));
    }

    static Reply reply(ApiContext context, TableDescriptor table) {
        SortedMap<String, String> scaling = context.globalTables().autoScaling(table);
        return Reply.now(out -> {
            out.writeStringField("GlobalTableName", table.name());
            out.writeArrayFieldStart("ReplicaSettings");
            for (ReplicaDescription replica : context.globalTables().members(table)) {
                TableSettings settings = replica.settings();
                RegionId region = replica.region();
                out.writeStartObject();
                out.writeStringField("RegionName", region.value());
                out.writeStringField("ReplicaStatus", replica.status());
                out.writeObjectFieldStart("ReplicaBillingModeSummary");
                out.writeStringField("BillingMode", settings.billingMode().name());
                out.writeEndObject();
                out.writeNumberField("ReplicaProvisionedReadCapacityUnits", settings.readCapacityUnits());
                AutoScaling.write(
                        "ReplicaProvisionedReadCapacityAutoScalingSettings",
                        scaling.get(AutoScaling.reads(region, null)),
                        out);
                out.writeNumberField("ReplicaProvisionedWriteCapacityUnits", settings.writeCapacityUnits());
                AutoScaling.write(
                        "ReplicaProvisionedWriteCapacityAutoScalingSettings",
                        scaling.get(AutoScaling.writes(null)),
                        out);
                if (!replica.indexReads().isEmpty()) {
                    out.writeArrayFieldStart("ReplicaGlobalSecondaryIndexSettings");
                    for (Map.Entry<String, Long> reads : replica.indexReads().entrySet()) {
                        IndexDescriptor index = table.index(reads.getKey());
                        out.writeStartObject();
                        out.writeStringField("IndexName", reads.getKey());
                        // How far another region's index is, is not known here.
                        out.writeStringField(
                                "IndexStatus",
                                index == null ? "CREATING" : index.status().name());
                        if (!settings.isOnDemand()) {
                            out.writeNumberField("ProvisionedReadCapacityUnits", reads.getValue());
                            out.writeNumberField(
                                    "ProvisionedWriteCapacityUnits", index == null ? 0 : index.writeCapacityUnits());
                        }
                        AutoScaling.write(
                                "ProvisionedReadCapacityAutoScalingSettings",
                                scaling.get(AutoScaling.reads(region, reads.getKey())),
                                out);
                        AutoScaling.write(
                                "ProvisionedWriteCapacityAutoScalingSettings",
                                scaling.get(AutoScaling.writes(reads.getKey())),
                                out);
                        out.writeEndObject();
                    }
                    out.writeEndArray();
                }
                out.writeObjectFieldStart("ReplicaTableClassSummary");
                out.writeStringField("TableClass", settings.tableClass().name());
                out.writeEndObject();
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }
}
