package dev.meridian.node.api;

import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.StreamDestination.Precision;
import java.util.concurrent.CompletionStage;

/** EnableKinesisStreamingDestination. A table publishes by default: the first time it only says that it is to. */
final class EnableKinesisStreamingDestination implements Operation {
    private final ApiContext context;
    private final StreamDestinations destinations;

    EnableKinesisStreamingDestination(ApiContext context) {
        this.context = context;
        this.destinations = new StreamDestinations(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        String arn = request.requiredText("StreamArn");
        Precision asked = StreamDestinations.precision(request.object("EnableKinesisStreamingConfiguration"));
        return destinations
                .change(name, (table, last) -> {
                    if (!arn.equals(destinations.arn(table))) {
                        throw ApiException.validation("Invalid StreamArn: " + arn + "; the changes of table " + name
                                + " in region " + context.region() + " go to the Kafka topic that is named by "
                                + destinations.arn(table));
                    }
                    boolean isOff = destinations.status(table).equals("DISABLED");
                    if (!isOff && table.destination().state() != StreamDestination.State.BY_DEFAULT) {
                        throw StreamDestinations.notValid("EnableKinesisStreamingDestination must be DISABLED or"
                                + " ENABLE_FAILED to perform ENABLE operation.");
                    }
                    return table.destination().enabled(asked, last);
                })
                .thenApply(
                        table -> destinations.reply(table, "ENABLING", "EnableKinesisStreamingConfiguration", asked));
    }
}
