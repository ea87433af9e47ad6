package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** DescribeGlobalTable: there is no table of that version. */
final class DescribeGlobalTable implements Operation {
    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        throw LegacyGlobalTable.notFoundToDescribe(request.requiredText("GlobalTableName"));
    }
}
