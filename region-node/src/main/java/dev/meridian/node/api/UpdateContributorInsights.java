package dev.meridian.node.api;

import dev.meridian.node.api.ContributorInsights.Setting;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** UpdateContributorInsights, of a table or a global index. What is so already stays as it is. */
final class UpdateContributorInsights implements Operation {
    private final ApiContext context;

    UpdateContributorInsights(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        boolean enable = request.requiredText("ContributorInsightsAction").equals("ENABLE");
        String mode = request.text("ContributorInsightsMode", ContributorInsights.ALL_KEYS);
        return context.store().write(view -> {
            TableDescriptor table = ApiContext.existing(view.catalog(), name);
            @Nullable IndexDescriptor index = ContributorInsights.index(request, table);
            if (enable && index != null && index.status() == IndexStatus.CREATING) {
                throw ApiException.validation("Table or Index is not in a valid state to update Key Access Insights:"
                        + " IndexStatus must be ACTIVE to enable ContributorInsights.");
            }
            @Nullable Setting old = ContributorInsights.of(view, table, index);
            boolean changes = enable ? old == null || !old.mode().equals(mode) : old != null;
            if (changes) {
                context.insights()
                        .set(
                                view,
                                table,
                                index,
                                enable ? new Setting(mode, context.clock().millis()) : null);
            }
            @Nullable String shown = enable ? mode : old == null ? null : old.mode();
            String status = enable ? (changes ? "ENABLING" : "ENABLED") : changes ? "DISABLING" : "DISABLED";
            return Reply.later(out -> {
                out.writeStringField("TableName", table.name());
                if (index != null) {
                    out.writeStringField("IndexName", index.name());
                }
                out.writeStringField("ContributorInsightsStatus", status);
                if (shown != null) {
                    out.writeStringField("ContributorInsightsMode", shown);
                }
            });
        });
    }
}
