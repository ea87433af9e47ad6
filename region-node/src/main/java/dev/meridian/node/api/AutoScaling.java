package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Auto scaling settings of global tables: checked, shared by all replicas and shown. Nothing is scaled: capacity stays as
 * it is set.
 */
final class AutoScaling {
    private static final String ROLE = "arn:aws:iam::" + Arn.ACCOUNT + ":role/aws-service-role/"
            + "dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable";

    private static final String NONE = "{\"AutoScalingDisabled\":true,\"ScalingPolicies\":[]}";

    private AutoScaling() {}

    /** What settings are for. Writes are scaled everywhere alike, reads in each region by itself. */
    static String writes(@Nullable String index) {
        return index == null ? "write" : "write/" + index;
    }

    static String reads(RegionId region, @Nullable String index) {
        return index == null ? "read/" + region : "read/" + region + "/" + index;
    }

    /**
     * What is kept of an AutoScalingSettingsUpdate: as it will be shown.
     *
     * @param reads whether of read capacity
     */
    static String settings(RequestReader update, TableDescriptor table, @Nullable String index, boolean reads) {
        if (update.flag("AutoScalingDisabled")) {
            String extra = named(update, true);
            if (!extra.isEmpty()) {
                throw ApiException.validation("Failed to update settings for global table with name ‘" + table.name()
                        + "’: Parameters " + extra + " must be left blank when disabling auto scaling.");
            }
            return NONE;
        }
        String lacking = named(update, false);
        if (!lacking.isEmpty()) {
            throw ApiException.validation("Failed to update settings for global table with name: ‘" + table.name()
                    + "’: Parameters " + lacking + " are required unless auto scaling is being disabled.");
        }
        RequestReader policy = update.requiredObject("ScalingPolicyUpdate");
        String resource = "table/" + table.name() + (index == null ? "" : "/index/" + index);
        String given = "DynamoDB" + (reads ? "Read" : "Write") + "CapacityUtilization:" + resource;
        byte[] json = Reply.value(out -> {
            out.writeStartObject();
            out.writeNumberField("MinimumUnits", units(update, "MinimumUnits"));
            out.writeNumberField("MaximumUnits", units(update, "MaximumUnits"));
            out.writeStringField("AutoScalingRoleArn", update.text("AutoScalingRoleArn", ROLE));
            out.writeArrayFieldStart("ScalingPolicies");
            out.writeStartObject();
            out.writeStringField("PolicyName", policy.text("PolicyName", given));
            out.writeFieldName("TargetTrackingScalingPolicyConfiguration");
            out.writeRawValue(policy.canonical("TargetTrackingScalingPolicyConfiguration"));
            out.writeEndObject();
            out.writeEndArray();
            out.writeEndObject();
        });
        return new String(json, StandardCharsets.UTF_8);
    }

    private static long units(RequestReader update, String field) {
        Long units = update.number(field);
        if (units == null) {
            throw new AssertionError(field + " has been checked");
        }
        return units;
    }

    /** The parameters that are there, or are not, in the service's order. */
    private static String named(RequestReader update, boolean there) {
        List<String> names = new ArrayList<>();
        for (String name : List.of("MaximumUnits", "ScalingPolicyUpdate", "MinimumUnits")) {
            if (update.has(name) == there) {
                names.add("'" + name + "'");
            }
        }
        return String.join(", ", names);
    }

    static void write(String field, @Nullable String settings, JsonGenerator out) throws IOException {
        out.writeFieldName(field);
        out.writeRawValue(settings == null ? NONE : settings);
    }

    /** The table's global secondary indexes that are complete. */
    static List<IndexDescriptor> indexes(TableDescriptor table) {
        return table.indexes().stream()
                .filter(index -> index.kind() == IndexDescriptor.Kind.GLOBAL)
                .toList();
    }

    static Reply reply(ApiContext context, TableDescriptor table) {
        SortedMap<String, String> kept = context.globalTables().autoScaling(table);
        return Reply.now(out -> {
            out.writeObjectFieldStart("TableAutoScalingDescription");
            out.writeStringField("TableName", table.name());
            out.writeStringField("TableStatus", table.status().name());
            out.writeArrayFieldStart("Replicas");
            for (ReplicaDescription replica : context.globalTables().members(table)) {
                RegionId region = replica.region();
                out.writeStartObject();
                out.writeStringField("RegionName", region.value());
                out.writeArrayFieldStart("GlobalSecondaryIndexes");
                for (IndexDescriptor index : indexes(table)) {
                    out.writeStartObject();
                    out.writeStringField("IndexName", index.name());
                    out.writeStringField("IndexStatus", index.status().name());
                    write("ProvisionedReadCapacityAutoScalingSettings", kept.get(reads(region, index.name())), out);
                    write("ProvisionedWriteCapacityAutoScalingSettings", kept.get(writes(index.name())), out);
                    out.writeEndObject();
                }
                out.writeEndArray();
                write("ReplicaProvisionedReadCapacityAutoScalingSettings", kept.get(reads(region, null)), out);
                write("ReplicaProvisionedWriteCapacityAutoScalingSettings", kept.get(writes(null)), out);
                out.writeStringField("ReplicaStatus", replica.status());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    /** @throws ApiException in the words of these operations */
    static TableDescriptor table(ApiContext context, RequestReader request) {
        String name = request.tableName("TableName", context.region());
        TableDescriptor table = context.store().catalog().table(name);
        if (table == null || context.globalTables().members(table).isEmpty()) {
            throw ApiException.resourceNotFound(LegacyGlobalTable.missing(name));
        }
        return table;
    }
}
