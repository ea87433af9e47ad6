package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the operations of global tables version 2017.11.29 share. They see the same replicas as those of version
 * 2019.11.21; in the older version the tables had to be there before, here they are made.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_versions.html">Versions of
 *     global tables</a>
 */
final class LegacyGlobalTable {
    private static final double MILLIS_PER_SECOND = 1000.0;

    private LegacyGlobalTable() {}

    static TableDescriptor table(ApiContext context, String name) {
        TableDescriptor table = context.store().catalog().table(name);
        if (table == null) {
            throw new ApiException(ErrorCode.TABLE_NOT_FOUND, "Table not found: " + name);
        }
        return table;
    }

    /** @param prefix of the error's text */
    static TableDescriptor global(ApiContext context, String name, String prefix) {
        TableDescriptor table = context.store().catalog().table(name);
        if (table == null || context.globalTables().members(table).isEmpty()) {
            throw new ApiException(ErrorCode.GLOBAL_TABLE_NOT_FOUND, prefix + missing(name));
        }
        return table;
    }

    static String missing(String name) {
        return "Global table with name: '" + name + "' does not exist.";
    }

    static void requireActive(TableDescriptor table) {
        if (table.status() != TableStatus.ACTIVE) {
            throw ApiException.inUse(table);
        }
    }

    static Set<RegionId> regions(ApiContext context, TableDescriptor table) {
        return context.globalTables().members(table).stream()
                .map(ReplicaDescription::region)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static List<ReplicaUpdate> creations(ApiContext context, List<RequestReader> replicas) {
        List<ReplicaUpdate> updates = new ArrayList<>();
        for (RequestReader replica : replicas) {
            RegionId region = ReplicaRequests.region(replica.text("RegionName", ""));
            ReplicaUpdate update = new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, region);
            if (!region.equals(context.region()) && !updates.contains(update)) {
                updates.add(update);
            }
        }
        return updates;
    }

    static Reply reply(ApiContext context, String name) {
        TableDescriptor table = context.existing(name);
        return Reply.now(out -> {
            out.writeObjectFieldStart("GlobalTableDescription");
            out.writeArrayFieldStart("ReplicationGroup");
            for (ReplicaDescription replica : context.globalTables().members(table)) {
                write(replica, out);
            }
            out.writeEndArray();
            out.writeStringField("GlobalTableArn", "arn:aws:dynamodb::" + Arn.ACCOUNT + ":global-table/" + name);
            out.writeNumberField("CreationDateTime", table.createdMillis() / MILLIS_PER_SECOND);
            out.writeStringField("GlobalTableStatus", table.status().name());
            out.writeStringField("GlobalTableName", name);
            out.writeEndObject();
        });
    }

    private static void write(ReplicaDescription replica, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("RegionName", replica.region().value());
        out.writeStringField("ReplicaStatus", replica.status());
        if (replica.percentProgress() != null) {
            out.writeStringField("ReplicaStatusPercentProgress", String.valueOf(replica.percentProgress()));
        }
        out.writeEndObject();
    }
}
