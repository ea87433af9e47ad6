package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeContinuousBackups: there are none. Tools ask before they look at a table. */
final class DescribeContinuousBackups implements Operation {
    private final ApiContext context;

    DescribeContinuousBackups(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        context.existing(request.tableName("TableName", context.region()));
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeObjectFieldStart("ContinuousBackupsDescription");
            out.writeStringField("ContinuousBackupsStatus", "DISABLED");
            out.writeObjectFieldStart("PointInTimeRecoveryDescription");
            out.writeStringField("PointInTimeRecoveryStatus", "DISABLED");
            out.writeEndObject();
            out.writeEndObject();
        }));
    }
}
