package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** CreateGlobalTable: refused, as the service refuses it since it makes no table of that version. */
final class CreateGlobalTable implements Operation {
    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        throw LegacyGlobalTable.isNotSupported();
    }
}
