package dev.meridian.node.api;

import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.StreamDestination.Precision;
import java.util.concurrent.CompletionStage;

/** UpdateKinesisStreamingDestination: the precision of the time in records that are written from then on. */
final class UpdateKinesisStreamingDestination implements Operation {
    private final ApiContext context;
    private final StreamDestinations destinations;

    UpdateKinesisStreamingDestination(ApiContext context) {
        this.context = context;
        this.destinations = new StreamDestinations(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        String arn = request.requiredText("StreamArn");
        Precision asked = StreamDestinations.precision(request.object("UpdateKinesisStreamingConfiguration"));
        return destinations
                .change(name, (table, last) -> {
                    if (asked == null) {
                        throw ApiException.validation("Streaming destination cannot be updated with given parameters:"
                                + " UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
                    }
                    StreamDestination destination = table.destination();
                    if (!arn.equals(destinations.arn(table))) {
                        throw StreamDestinations.notValid("No streaming destination with streamArn: " + arn
                                + " found for table with tableName: " + name);
                    }
                    if (!destination.publishes()) {
                        throw StreamDestinations.notValid("Kinesis streaming is not in ACTIVE state. Updates are only"
                                + " allowed in ACTIVE state. TableName: " + name);
                    }
                    if (asked == destination.effectivePrecision()) {
                        throw ApiException.validation("Invalid Request: Precision is already set to the desired value"
                                + " of " + asked + " for tableId: " + table.id() + ", kdsArn: " + arn);
                    }
                    return destination.withPrecision(asked);
                })
                .thenApply(
                        table -> destinations.reply(table, "UPDATING", "UpdateKinesisStreamingConfiguration", asked));
    }
}
