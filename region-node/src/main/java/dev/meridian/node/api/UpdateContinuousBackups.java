package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** UpdateContinuousBackups: point in time recovery may be disabled, and not enabled, for there are no backups. */
final class UpdateContinuousBackups implements Operation {
    private final ApiContext context;

    UpdateContinuousBackups(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        TableDescriptor table = ContinuousBackups.table(context, request);
        ContinuousBackups.check(request.requiredObject("PointInTimeRecoverySpecification"));
        return context.store().write(view -> {
            ContinuousBackups.forget(view, table.id());
            return ContinuousBackups.description();
        });
    }
}
