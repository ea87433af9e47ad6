package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** ListGlobalTables: those with a replica here, or in the region that is asked for, a page at a time. */
final class ListGlobalTables implements Operation {
    private static final int MAX_LIMIT = 100;

    private final ApiContext context;

    ListGlobalTables(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Long asked = request.number("Limit");
        int limit = asked == null ? MAX_LIMIT : (int) Math.min(asked, MAX_LIMIT);
        String start = request.text("ExclusiveStartGlobalTableName", "");
        String region = request.text("RegionName", context.region().value());
        List<TableDescriptor> behind = context.store().catalog().tables().values().stream()
                .filter(table -> table.name().compareTo(start) > 0)
                .filter(table -> LegacyGlobalTable.regions(context, table).stream()
                        .map(RegionId::value)
                        .anyMatch(region::equals))
                .limit(limit + 1L)
                .toList();
        List<TableDescriptor> page = behind.subList(0, Math.min(limit, behind.size()));
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("GlobalTables");
            for (TableDescriptor table : page) {
                out.writeStartObject();
                out.writeStringField("GlobalTableName", table.name());
                out.writeArrayFieldStart("ReplicationGroup");
                for (RegionId member : LegacyGlobalTable.regions(context, table)) {
                    out.writeStartObject();
                    out.writeStringField("RegionName", member.value());
                    out.writeEndObject();
                }
                out.writeEndArray();
                out.writeEndObject();
            }
            out.writeEndArray();
            if (behind.size() > limit) {
                out.writeStringField(
                        "LastEvaluatedGlobalTableName",
                        page.get(page.size() - 1).name());
            }
        }));
    }
}
