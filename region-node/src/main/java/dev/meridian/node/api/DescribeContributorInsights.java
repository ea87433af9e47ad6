package dev.meridian.node.api;

import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** DescribeContributorInsights. */
final class DescribeContributorInsights implements Operation {
    private static final double MILLIS_PER_SECOND = 1000.0;

    private final ApiContext context;

    DescribeContributorInsights(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        return CompletableFuture.completedFuture(context.store().read(view -> {
            TableDescriptor table = ApiContext.existing(view.catalog(), name);
            @Nullable IndexDescriptor index = ContributorInsights.index(request, table);
            ContributorInsights.Setting setting = ContributorInsights.of(view, table, index);
            return Reply.now(out -> {
                out.writeStringField("TableName", table.name());
                if (index != null) {
                    out.writeStringField("IndexName", index.name());
                }
                if (setting == null) {
                    out.writeStringField("ContributorInsightsStatus", "DISABLED");
                    return;
                }
                out.writeArrayFieldStart("ContributorInsightsRuleList");
                for (String rule : rules(table, index, setting)) {
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
    private static List<String> rules(
            TableDescriptor table, @Nullable IndexDescriptor index, ContributorInsights.Setting setting) {
        boolean sorted =
                index == null ? table.schema().isComposite() : !index.sort().isEmpty();
        String resource = table.name() + (index == null ? "" : "-" + index.name());
        return Stream.of("PKC", "SKC", "PKT", "SKT")
                .filter(kind -> kind.endsWith("T") || setting.mode().equals(ContributorInsights.ALL_KEYS))
                .filter(kind -> kind.startsWith("P") || sorted)
                .map(kind -> "DynamoDBContributorInsights-" + kind + "-" + resource + "-" + setting.updatedMillis())
                .toList();
    }
}
