package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** ListContributorInsights: tables by name, a page at a time. */
final class ListContributorInsights implements Operation {
    private static final int PAGE_DEFAULT = 100;

    private final ApiContext context;

    ListContributorInsights(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Long most = request.number("MaxResults");
        String after = request.text("NextToken", "");
        int limit = most == null || most == 0 ? PAGE_DEFAULT : most.intValue();
        String only = request.has("TableName") ? request.tableName("TableName", context.region()) : null;
        return CompletableFuture.completedFuture(context.store().read(view -> {
            List<TableDescriptor> tables = new ArrayList<>();
            if (only != null) {
                tables.add(context.serving(view.catalog(), only));
            } else {
                view.catalog().tables().tailMap(after + "\0").values().stream()
                        .limit(limit + 1L)
                        .forEach(tables::add);
            }
            List<TableDescriptor> page = tables.subList(0, Math.min(limit, tables.size()));
            return Reply.now(out -> {
                out.writeArrayFieldStart("ContributorInsightsSummaries");
                for (TableDescriptor table : page) {
                    ContributorInsights.Setting setting = ContributorInsights.of(view, table.id());
                    out.writeStartObject();
                    out.writeStringField("TableName", table.name());
                    out.writeStringField("ContributorInsightsStatus", setting == null ? "DISABLED" : "ENABLED");
                    if (setting != null) {
                        out.writeStringField("ContributorInsightsMode", setting.mode());
                    }
                    out.writeEndObject();
                }
                out.writeEndArray();
                if (tables.size() > page.size()) {
                    out.writeStringField("NextToken", page.get(page.size() - 1).name());
                }
            });
        }));
    }
}
