package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeEndpoints: the address that the client used already. */
final class DescribeEndpoints implements Operation {
    private static final int CACHE_MINUTES = 1440;

    private final ApiContext context;

    DescribeEndpoints(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("Endpoints");
            out.writeStartObject();
            out.writeStringField("Address", "dynamodb." + context.region() + ".amazonaws.com");
            out.writeNumberField("CachePeriodInMinutes", CACHE_MINUTES);
            out.writeEndObject();
            out.writeEndArray();
        }));
    }
}
