package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** UpdateContributorInsights. Of tables; indexes are not counted by themselves. */
final class UpdateContributorInsights implements Operation {
    private final ApiContext context;

    UpdateContributorInsights(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse("IndexName");
        String name = request.tableName("TableName", context.region());
        boolean enable = request.requiredText("ContributorInsightsAction").equals("ENABLE");
        String mode = request.text("ContributorInsightsMode", ContributorInsights.ALL_KEYS);
        return context.store().write(view -> {
            TableDescriptor table = context.serving(view.catalog(), name);
            context.insights()
                    .set(
                            view,
                            table.id(),
                            enable
                                    ? new ContributorInsights.Setting(
                                            mode, context.clock().millis())
                                    : null);
            return Reply.later(out -> {
                out.writeStringField("TableName", table.name());
                out.writeStringField("ContributorInsightsStatus", enable ? "ENABLING" : "DISABLING");
                out.writeStringField("ContributorInsightsMode", mode);
            });
        });
    }
}
