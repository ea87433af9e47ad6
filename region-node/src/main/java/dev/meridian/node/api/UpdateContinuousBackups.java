package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** UpdateContinuousBackups: point in time recovery is kept and shown, and nothing is recorded that could be restored. */
final class UpdateContinuousBackups implements Operation {
    private final ApiContext context;

    UpdateContinuousBackups(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        TableDescriptor table = LegacyGlobalTable.table(context, request.tableName("TableName", context.region()));
        RequestReader specification = request.requiredObject("PointInTimeRecoverySpecification");
        return context.store().write(view -> {
            if (specification.flag("PointInTimeRecoveryEnabled")) {
                ContinuousBackups.enable(view, table.id(), specification);
            } else {
                ContinuousBackups.disable(view, table.id());
            }
            return ContinuousBackups.description(view, table.id());
        });
    }
}
