package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.KeyAttribute;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings.BillingMode;
import dev.meridian.node.store.TableStatistics;
import java.io.IOException;
import java.util.List;

/** A table as CreateTable, DescribeTable, UpdateTable and DeleteTable show it. */
final class TableDescription {
    private static final double MILLIS_PER_SECOND = 1000.0;

    private TableDescription() {}

    /** @param field TableDescription, or Table in DescribeTable */
    static Reply reply(ApiContext context, String field, TableDescriptor table) {
        return Reply.now(out -> {
            out.writeFieldName(field);
            TableStatistics counts = context.store().read(view -> view.statistics(table));
            write(context, table, counts, out);
        });
    }

    private static void write(ApiContext context, TableDescriptor table, TableStatistics counts, JsonGenerator out)
            throws IOException {
        out.writeStartObject();
        writeSchema(table, out);
        out.writeStringField("TableName", table.name());
        out.writeStringField("TableStatus", table.status().name());
        out.writeNumberField("CreationDateTime", table.createdMillis() / MILLIS_PER_SECOND);
        writeThroughput(table, out);
        out.writeNumberField("TableSizeBytes", counts.itemBytes());
        out.writeNumberField("ItemCount", counts.items());
        out.writeStringField("TableArn", Arn.of(context.region(), table.name()));
        out.writeStringField("TableId", table.id().toString());
        out.writeBooleanField("DeletionProtectionEnabled", table.settings().deletionProtection());
        writeReplicas(context.globalTables().replicas(table), out);
        out.writeEndObject();
    }

    private static void writeSchema(TableDescriptor table, JsonGenerator out) throws IOException {
        KeyAttribute sort = table.schema().sort();
        List<KeyAttribute> attributes = sort == null
                ? List.of(table.schema().partition())
                : List.of(table.schema().partition(), sort);
        out.writeArrayFieldStart("AttributeDefinitions");
        for (KeyAttribute attribute : attributes) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.name());
            out.writeStringField("AttributeType", attribute.type().name());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeArrayFieldStart("KeySchema");
        for (KeyAttribute attribute : attributes) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.name());
            out.writeStringField("KeyType", attribute.equals(sort) ? "RANGE" : "HASH");
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeThroughput(TableDescriptor table, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("ProvisionedThroughput");
        out.writeNumberField("NumberOfDecreasesToday", 0);
        out.writeNumberField("ReadCapacityUnits", table.settings().readCapacityUnits());
        out.writeNumberField("WriteCapacityUnits", table.settings().writeCapacityUnits());
        out.writeEndObject();
        if (table.settings().billingMode() == BillingMode.PAY_PER_REQUEST) {
            out.writeObjectFieldStart("BillingModeSummary");
            out.writeStringField("BillingMode", "PAY_PER_REQUEST");
            out.writeNumberField("LastUpdateToPayPerRequestDateTime", table.createdMillis() / MILLIS_PER_SECOND);
            out.writeEndObject();
        }
    }

    private static void writeReplicas(List<ReplicaDescription> replicas, JsonGenerator out) throws IOException {
        if (replicas.isEmpty()) {
            return;
        }
        out.writeStringField("GlobalTableVersion", "2019.11.21");
        out.writeArrayFieldStart("Replicas");
        for (ReplicaDescription replica : replicas) {
            out.writeStartObject();
            out.writeStringField("RegionName", replica.region().value());
            out.writeStringField("ReplicaStatus", replica.status());
            if (replica.percentProgress() != null) {
                out.writeStringField("ReplicaStatusPercentProgress", String.valueOf(replica.percentProgress()));
            }
            if (replica.description() != null) {
                out.writeStringField("ReplicaStatusDescription", replica.description());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
