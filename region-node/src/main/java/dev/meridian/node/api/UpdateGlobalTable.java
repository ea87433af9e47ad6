package dev.meridian.node.api;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** UpdateGlobalTable: there is no table of that version. A new replica is refused before the table is looked for. */
final class UpdateGlobalTable implements Operation {
    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        List<RequestReader> updates = request.objects("ReplicaUpdates");
        if (updates.isEmpty()) {
            throw ApiException.validation("One or more parameter values were invalid");
        }
        if (updates.stream().anyMatch(update -> update.has("Create"))) {
            throw LegacyGlobalTable.isNotSupported();
        }
        throw LegacyGlobalTable.notFound(request.requiredText("GlobalTableName"));
    }
}
