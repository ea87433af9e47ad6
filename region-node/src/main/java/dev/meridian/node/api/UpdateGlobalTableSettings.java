package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** UpdateGlobalTableSettings: there is no table of that version. */
final class UpdateGlobalTableSettings implements Operation {
    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        throw LegacyGlobalTable.notFound(request.requiredText("GlobalTableName"));
    }
}
