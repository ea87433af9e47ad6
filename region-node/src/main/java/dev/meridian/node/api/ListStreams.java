package dev.meridian.node.api;

import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamDescriptor;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** ListStreams: by ARN, a page at a time. */
final class ListStreams implements Operation {
    private static final int MAX_LIMIT = 100;

    private final ApiContext context;

    ListStreams(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Long asked = request.number("Limit");
        int limit = asked == null ? MAX_LIMIT : asked.intValue();
        String table = request.text("TableName");
        String start = request.has("ExclusiveStartStreamArn")
                ? StreamArn.require(request.requiredText("ExclusiveStartStreamArn"))
                : "";
        long now = context.clock().millis();
        List<StreamDescriptor> behind =
                context.store().read(table == null ? ReadView::streams : view -> view.streams(table)).stream()
                        .filter(stream -> !stream.expired(now) && arn(stream).compareTo(start) > 0)
                        .sorted(Comparator.comparing(this::arn))
                        .limit(limit + 1L)
                        .toList();
        List<StreamDescriptor> page = behind.subList(0, Math.min(limit, behind.size()));
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("Streams");
            for (StreamDescriptor stream : page) {
                out.writeStartObject();
                out.writeStringField("StreamArn", arn(stream));
                out.writeStringField("TableName", stream.tableName());
                out.writeStringField("StreamLabel", stream.label());
                out.writeEndObject();
            }
            out.writeEndArray();
            if (behind.size() > limit) {
                out.writeStringField("LastEvaluatedStreamArn", arn(page.get(page.size() - 1)));
            }
        }));
    }

    private String arn(StreamDescriptor stream) {
        return StreamArn.of(context.region(), stream);
    }
}
