package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.ScalarType;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatistics;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.TableClass;
import dev.meridian.node.store.TableSettings.Throughput;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.TableStreams;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table as CreateTable, DescribeTable, UpdateTable and DeleteTable show it: attributes by their names, indexes as they
 * were given. The indexes of a table with replicas stand by their names, for regions may make them in different orders.
 */
final class TableDescription {
    /** How much of the table an answer tells. */
    private enum Form {
        /** Without what is only known once the table is there. */
        CREATED,
        /** All that is known. */
        CURRENT,
        /** As before a change that is being made, with what is being changed marked. */
        CHANGING,
        /** Without keys and indexes. */
        DELETED
    }

    private static final double MILLIS_PER_SECOND = 1000.0;

    /** All settings that replicas share are kept the same, but for those that each may have its own way. */
    private static final String REPLICATION_MODE = "ENABLED_WITH_OVERRIDES";

    private final ApiContext context;
    private final TableDescriptor table;
    private final ReadView view;
    private final JsonGenerator out;
    private final Form form;
    private final SettingsHistory history;
    private final SettingsHistory earlier;
    private final TableChange change;

    private TableDescription(
            ApiContext context,
            TableDescriptor table,
            ReadView view,
            JsonGenerator out,
            Form form,
            TableChange change) {
        this.context = context;
        this.table = table;
        this.view = view;
        this.out = out;
        this.form = form;
        this.history = SettingsHistory.of(view, table);
        this.earlier = Objects.requireNonNullElse(change.history(), history);
        this.change = change;
    }

    static Reply ofNew(ApiContext context, TableDescriptor table) {
        return reply(context, "TableDescription", table, Form.CREATED, TableChange.none(table));
    }

    /** A table whose replicas were changed. */
    static Reply ofChanged(ApiContext context, TableDescriptor table) {
        return reply(context, "TableDescription", table, Form.CURRENT, TableChange.none(table));
    }

    /** A table whose settings or indexes were changed, as DynamoDB shows it while it changes them. */
    static Reply ofChanging(ApiContext context, TableChange change) {
        return reply(context, "TableDescription", change.shown(), Form.CHANGING, change);
    }

    static Reply ofCurrent(ApiContext context, TableDescriptor table) {
        return reply(context, "Table", table, Form.CURRENT, TableChange.none(table));
    }

    static Reply ofDeleted(ApiContext context, TableDescriptor table) {
        return reply(context, "TableDescription", table, Form.DELETED, TableChange.none(table));
    }

    private static Reply reply(ApiContext context, String field, TableDescriptor table, Form form, TableChange change) {
        return context.store()
                .read(view -> Reply.now(out -> {
                    out.writeFieldName(field);
                    new TableDescription(context, table, view, out, form, change).write();
                }));
    }

    private void write() throws IOException {
        TableStatistics counts = view.statistics(table);
        out.writeStartObject();
        if (form != Form.DELETED) {
            writeDefinitions();
            writeKey(Keys.attributes(table.schema()).subList(0, 1), Keys.attributes(table.schema()));
            out.writeNumberField("CreationDateTime", table.createdMillis() / MILLIS_PER_SECOND);
        }
        out.writeStringField("TableName", table.name());
        out.writeStringField("TableStatus", table.status().name());
        writeThroughput(
                table.settings().readCapacityUnits(),
                table.settings().writeCapacityUnits(),
                history.ofTable(),
                earlier.ofTable());
        out.writeNumberField("TableSizeBytes", counts.itemBytes());
        out.writeNumberField("ItemCount", counts.items());
        out.writeStringField("TableArn", Arn.of(context.region(), table.name()));
        out.writeStringField("TableId", table.id().toString());
        writeSettings();
        writeStream(TableStreams.latest(view, table));
        if (form != Form.DELETED) {
            writeIndexes("LocalSecondaryIndexes", IndexDescriptor.Kind.LOCAL);
            writeIndexes("GlobalSecondaryIndexes", IndexDescriptor.Kind.GLOBAL);
        }
        writeReplicas(context.globalTables().replicas(table));
        out.writeEndObject();
    }

    private void writeDefinitions() throws IOException {
        SortedMap<String, ScalarType> attributes = new TreeMap<>();
        Stream.concat(
                        Keys.attributes(table.schema()).stream(),
                        table.indexes().stream().flatMap(index -> index.keyAttributes().stream()))
                .forEach(attribute -> attributes.put(attribute.name(), attribute.type()));
        out.writeArrayFieldStart("AttributeDefinitions");
        for (Map.Entry<String, ScalarType> attribute : attributes.entrySet()) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.getKey());
            out.writeStringField("AttributeType", attribute.getValue().name());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private void writeKey(List<KeyAttribute> partition, List<KeyAttribute> all) throws IOException {
        out.writeArrayFieldStart("KeySchema");
        for (KeyAttribute attribute : all) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.name());
            out.writeStringField("KeyType", partition.contains(attribute) ? "HASH" : "RANGE");
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private void writeThroughput(long read, long write, SettingsHistory.Units changes, SettingsHistory.Units counts)
            throws IOException {
        out.writeObjectFieldStart("ProvisionedThroughput");
        if (changes.increasedMillis() != 0) {
            out.writeNumberField("LastIncreaseDateTime", changes.increasedMillis() / MILLIS_PER_SECOND);
        }
        if (changes.decreasedMillis() != 0) {
            out.writeNumberField("LastDecreaseDateTime", changes.decreasedMillis() / MILLIS_PER_SECOND);
        }
        out.writeNumberField(
                "NumberOfDecreasesToday", counts.decreasesToday(context.clock().millis()));
        out.writeNumberField("ReadCapacityUnits", read);
        out.writeNumberField("WriteCapacityUnits", write);
        out.writeEndObject();
    }

    private void writeSettings() throws IOException {
        TableSettings settings = table.settings();
        if (onDemandSince(table) != 0) {
            out.writeObjectFieldStart("BillingModeSummary");
            out.writeStringField("BillingMode", settings.billingMode().name());
            long since = onDemandSince(change.before());
            if (form != Form.CREATED && since != 0) {
                out.writeNumberField("LastUpdateToPayPerRequestDateTime", since / MILLIS_PER_SECOND);
            }
            out.writeEndObject();
        }
        writeTableClass(settings.tableClass());
        String key = settings.kmsKey();
        if (key != null || change.encryption()) {
            out.writeObjectFieldStart("SSEDescription");
            out.writeStringField("Status", change.encryption() ? "UPDATING" : "ENABLED");
            if (key != null) {
                out.writeStringField("SSEType", "KMS");
                out.writeStringField("KMSMasterKeyArn", Arn.ofKey(context.region(), key));
            }
            out.writeEndObject();
        }
        writeOnDemandLimits(settings.onDemandLimits());
        boolean warming = change.warmThroughput() || (form == Form.CREATED && settings.warmThroughput() != null);
        if (form == Form.CURRENT || form == Form.CHANGING || warming) {
            writeWarmThroughput(ThroughputRequests.warm(change.before().settings()), warming, out);
        }
        out.writeBooleanField("DeletionProtectionEnabled", settings.deletionProtection());
    }

    private static long onDemandSince(TableDescriptor table) {
        TableSettings settings = table.settings();
        return settings.isOnDemand() && settings.onDemandSinceMillis() == 0
                ? table.createdMillis()
                : settings.onDemandSinceMillis();
    }

    /** The class of a table for which nobody ever named one is not shown. */
    private void writeTableClass(TableClass tableClass) throws IOException {
        Long changed = earlier.classMillis();
        if (tableClass == TableClass.STANDARD && changed == null) {
            return;
        }
        out.writeObjectFieldStart("TableClassSummary");
        out.writeStringField("TableClass", tableClass.name());
        if (changed != null && changed != 0) {
            out.writeNumberField("LastUpdateDateTime", changed / MILLIS_PER_SECOND);
        }
        out.writeEndObject();
    }

    /** A stream that was disabled is shown as long as it is kept. */
    private void writeStream(@Nullable StreamDescriptor stream) throws IOException {
        if (stream == null || stream.expired(context.clock().millis())) {
            return;
        }
        if (stream.enabled()) {
            out.writeObjectFieldStart("StreamSpecification");
            out.writeBooleanField("StreamEnabled", true);
            out.writeStringField("StreamViewType", stream.viewType().name());
            out.writeEndObject();
        }
        out.writeStringField("LatestStreamLabel", stream.label());
        out.writeStringField("LatestStreamArn", StreamArn.of(context.region(), stream));
    }

    private void writeOnDemandLimits(@Nullable Throughput limits) throws IOException {
        boolean read = limits != null && (limits.read() >= 0 || change.clearsReads());
        boolean write = limits != null && (limits.write() >= 0 || change.clearsWrites());
        if (limits == null || !table.settings().isOnDemand() || (!read && !write)) {
            return;
        }
        out.writeObjectFieldStart("OnDemandThroughput");
        if (read) {
            out.writeNumberField("MaxReadRequestUnits", limits.read());
        }
        if (write) {
            out.writeNumberField("MaxWriteRequestUnits", limits.write());
        }
        out.writeEndObject();
    }

    private void writeWarmThroughput(IndexDescriptor index) throws IOException {
        writeWarmThroughput(
                table.settings().isOnDemand()
                        ? ThroughputRequests.INITIAL
                        : new Throughput(index.readCapacityUnits(), index.writeCapacityUnits()),
                false,
                out);
    }

    private static void writeWarmThroughput(Throughput warm, boolean updating, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("WarmThroughput");
        out.writeNumberField("ReadUnitsPerSecond", warm.read());
        out.writeNumberField("WriteUnitsPerSecond", warm.write());
        out.writeStringField("Status", updating ? "UPDATING" : "ACTIVE");
        out.writeEndObject();
    }

    private void writeIndexes(String field, IndexDescriptor.Kind kind) throws IOException {
        Stream<IndexDescriptor> asGiven = table.indexes().stream().filter(index -> index.kind() == kind);
        List<IndexDescriptor> indexes =
                (table.replicated() ? asGiven.sorted(Comparator.comparing(IndexDescriptor::name)) : asGiven).toList();
        if (indexes.isEmpty()) {
            return;
        }
        out.writeArrayFieldStart(field);
        for (IndexDescriptor index : indexes) {
            writeIndex(index);
        }
        out.writeEndArray();
    }

    private void writeIndex(IndexDescriptor index) throws IOException {
        IndexStatistics counts = view.statistics(index);
        out.writeStartObject();
        out.writeStringField("IndexName", index.name());
        writeKey(index.partition(), index.keyAttributes());
        writeProjection(index.projection());
        if (index.kind() == IndexDescriptor.Kind.GLOBAL) {
            // An index of a table that is not yet there is not either.
            boolean creating = table.status() == TableStatus.CREATING;
            out.writeStringField(
                    "IndexStatus", creating ? "CREATING" : index.status().name());
            if (index.status() == IndexStatus.CREATING) {
                out.writeBooleanField("Backfilling", index.backfilling());
            }
            writeThroughput(
                    index.readCapacityUnits(), index.writeCapacityUnits(), history.of(index), earlier.of(index));
            if (form == Form.CURRENT || form == Form.CHANGING) {
                writeWarmThroughput(index);
            }
        }
        out.writeNumberField("IndexSizeBytes", counts.itemBytes());
        out.writeNumberField("ItemCount", counts.items());
        out.writeStringField("IndexArn", Arn.ofIndex(context.region(), table.name(), index.name()));
        out.writeEndObject();
    }

    private void writeProjection(IndexProjection projection) throws IOException {
        out.writeObjectFieldStart("Projection");
        out.writeStringField("ProjectionType", projection.type().name());
        if (!projection.nonKeyAttributes().isEmpty()) {
            out.writeArrayFieldStart("NonKeyAttributes");
            for (String attribute : new TreeSet<>(projection.nonKeyAttributes())) {
                out.writeString(attribute);
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private void writeReplicas(List<ReplicaDescription> replicas) throws IOException {
        if (replicas.isEmpty()) {
            return;
        }
        out.writeStringField("GlobalTableVersion", "2019.11.21");
        out.writeStringField("GlobalTableSettingsReplicationMode", REPLICATION_MODE);
        out.writeArrayFieldStart("Replicas");
        for (ReplicaDescription replica : replicas) {
            writeReplica(replica, out);
        }
        out.writeEndArray();
    }

    /** What a replica has as this region's is not shown. */
    static void writeReplica(ReplicaDescription replica, JsonGenerator out) throws IOException {
        Overrides different = replica.different();
        out.writeStartObject();
        out.writeStringField("RegionName", replica.region().value());
        out.writeStringField("ReplicaStatus", replica.status());
        if (replica.percentProgress() != null) {
            out.writeStringField("ReplicaStatusPercentProgress", String.valueOf(replica.percentProgress()));
        }
        if (replica.description() != null) {
            out.writeStringField("ReplicaStatusDescription", replica.description());
        }
        String key = different.kmsKey();
        if (key != null) {
            out.writeStringField("KMSMasterKeyId", Arn.ofKey(replica.region(), key));
        }
        writeReads(different.readCapacityUnits(), different.maxReads(), out);
        writeWarmThroughput(ThroughputRequests.warm(replica.settings()), false, out);
        if (!different.indexes().isEmpty()) {
            out.writeArrayFieldStart("GlobalSecondaryIndexes");
            for (Map.Entry<String, IndexReads> index : different.indexes().entrySet()) {
                out.writeStartObject();
                out.writeStringField("IndexName", index.getKey());
                writeReads(
                        index.getValue().readCapacityUnits(), index.getValue().maxReads(), out);
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        if (different.tableClass() != null) {
            out.writeObjectFieldStart("ReplicaTableClassSummary");
            out.writeStringField("TableClass", different.tableClass());
            out.writeEndObject();
        }
        out.writeStringField("GlobalTableSettingsReplicationMode", REPLICATION_MODE);
        out.writeEndObject();
    }

    private static void writeReads(@Nullable Long units, @Nullable Long limit, JsonGenerator out) throws IOException {
        if (units != null) {
            out.writeObjectFieldStart("ProvisionedThroughputOverride");
            out.writeNumberField("ReadCapacityUnits", units);
            out.writeEndObject();
        }
        if (limit != null) {
            out.writeObjectFieldStart("OnDemandThroughputOverride");
            out.writeNumberField("MaxReadRequestUnits", limit);
            out.writeEndObject();
        }
    }
}
