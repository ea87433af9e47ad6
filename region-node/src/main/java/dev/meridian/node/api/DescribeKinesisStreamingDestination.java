package dev.meridian.node.api;

import dev.meridian.node.store.StreamDestination.Precision;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeKinesisStreamingDestination. */
final class DescribeKinesisStreamingDestination implements Operation {
    private final ApiContext context;
    private final StreamDestinations destinations;

    DescribeKinesisStreamingDestination(ApiContext context) {
        this.context = context;
        this.destinations = new StreamDestinations(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        TableDescriptor table = context.existing(request.tableName("TableName", context.region()));
        Precision precision = table.destination().precision();
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeStringField("TableName", table.name());
            out.writeArrayFieldStart("KinesisDataStreamDestinations");
            out.writeStartObject();
            out.writeStringField("StreamArn", destinations.arn(table));
            out.writeStringField("DestinationStatus", destinations.status(table));
            if (precision != null) {
                out.writeStringField(StreamDestinations.PRECISION, precision.name());
            }
            out.writeEndObject();
            out.writeEndArray();
        }));
    }
}
