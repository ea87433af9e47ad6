package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * DescribeEndpoints: the address that the client used already. A client that discovers endpoints goes on with what is
 * answered here, so it must never be an address of AWS.
 */
final class DescribeEndpoints implements Operation {
    private static final int CACHE_MINUTES = 1440;

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return execute(request, "localhost");
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request, String calledAs) {
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("Endpoints");
            out.writeStartObject();
            out.writeStringField("Address", calledAs);
            out.writeNumberField("CachePeriodInMinutes", CACHE_MINUTES);
            out.writeEndObject();
            out.writeEndArray();
        }));
    }
}
