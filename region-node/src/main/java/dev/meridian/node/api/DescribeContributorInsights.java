package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeContributorInsights. */
final class DescribeContributorInsights implements Operation {
    private static final double MILLIS_PER_SECOND = 1000.0;

    private final ApiContext context;

    DescribeContributorInsights(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse("IndexName");
        String name = request.tableName("TableName", context.region());
        return CompletableFuture.completedFuture(context.store().read(view -> {
            TableDescriptor table = context.serving(view.catalog(), name);
            ContributorInsights.Setting setting = ContributorInsights.of(view, table.id());
            return Reply.now(out -> {
                out.writeStringField("TableName", table.name());
                if (setting == null) {
                    out.writeStringField("ContributorInsightsStatus", "DISABLED");
                    return;
                }
                out.writeArrayFieldStart("ContributorInsightsRuleList");
                for (String rule : rules(table, setting)) {
                    out.writeString(rule);
                }
                out.writeEndArray();
                out.writeStringField("ContributorInsightsStatus", "ENABLED");
                out.writeNumberField("LastUpdateDateTime", setting.updatedMillis() / MILLIS_PER_SECOND);
                out.writeStringField("ContributorInsightsMode", setting.mode());
            });
        }));
    }

    /** Under the names that DynamoDB gives its rules: keys accessed (C) and throttled (T), partition (P) and item (S). */
    private static List<String> rules(TableDescriptor table, ContributorInsights.Setting setting) {
        List<String> kinds = new ArrayList<>();
        if (setting.mode().equals(ContributorInsights.ALL_KEYS)) {
            kinds.add("PKC");
            if (table.schema().isComposite()) {
                kinds.add("SKC");
            }
        }
        kinds.add("PKT");
        return kinds.stream()
                .map(kind -> "DynamoDBContributorInsights-" + kind + "-" + table.name() + "-" + setting.updatedMillis())
                .toList();
    }
}
