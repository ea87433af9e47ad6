package dev.meridian.node.api;

import java.util.concurrent.CompletionStage;

/** DisableKinesisStreamingDestination. What is committed from then on is not published, also when it is enabled again. */
final class DisableKinesisStreamingDestination implements Operation {
    private final ApiContext context;
    private final StreamDestinations destinations;

    DisableKinesisStreamingDestination(ApiContext context) {
        this.context = context;
        this.destinations = new StreamDestinations(context);
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        String arn = request.requiredText("StreamArn");
        if (StreamDestinations.precision(request.object("EnableKinesisStreamingConfiguration")) != null) {
            throw ApiException.validation(
                    "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
        }
        return destinations
                .change(name, (table, last) -> {
                    if (!arn.equals(destinations.arn(table))
                            || !table.destination().publishes()) {
                        throw StreamDestinations.notValid(
                                "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
                    }
                    return table.destination().disabled(last);
                })
                .thenApply(
                        table -> destinations.reply(table, "DISABLING", "EnableKinesisStreamingConfiguration", null));
    }
}
