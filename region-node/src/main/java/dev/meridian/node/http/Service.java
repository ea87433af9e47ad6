package dev.meridian.node.http;

import java.util.Arrays;
import java.util.Optional;

/** The services of the protocol, told apart by what their targets begin with. */
enum Service {
    DYNAMODB("DynamoDB_20120810"),
    STREAMS("DynamoDBStreams_20120810");

    private final String target;

    Service(String target) {
        this.target = target;
    }

    static Optional<Service> ofTarget(String prefix) {
        return Arrays.stream(values())
                .filter(service -> service.target.equals(prefix))
                .findAny();
    }
}
