package dev.meridian.node.http;

import org.jspecify.annotations.Nullable;

/** The services of the protocol, told apart by what their targets begin with. */
enum Service {
    DYNAMODB("DynamoDB_20120810"),
    STREAMS("DynamoDBStreams_20120810");

    private static final Service[] ALL = values();

    private final String target;

    Service(String target) {
        this.target = target;
    }

    static @Nullable Service ofTarget(String prefix) {
        for (Service service : ALL) {
            if (service.target.equals(prefix)) {
                return service;
            }
        }
        return null;
    }
}
