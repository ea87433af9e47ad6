package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeTimeToLive. */
final class DescribeTimeToLive implements Operation {
    private final ApiContext context;

    DescribeTimeToLive(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        String attribute = context.existing(name).settings().timeToLive();
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeObjectFieldStart("TimeToLiveDescription");
            out.writeStringField("TimeToLiveStatus", attribute == null ? "DISABLED" : "ENABLED");
            if (attribute != null) {
                out.writeStringField("AttributeName", attribute);
            }
            out.writeEndObject();
        }));
    }
}
