package dev.meridian.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** A client that goes to the next region where a request cannot be served, and stays there. For one thread. */
final class FailingOver {
    private static final int SERVER_ERROR = 500;

    private final List<DynamoDbClient> regions;
    private final Set<Integer> left;
    private int current;

    /**
     * A client that begins in one region.
     *
     * @param home its place among the regions
     * @param left gets the place of each region that it goes away from
     */
    FailingOver(List<DynamoDbClient> regions, int home, Set<Integer> left) {
        this.regions = regions;
        this.current = home;
        this.left = left;
    }

    /** @throws AssertionError if a request is served nowhere */
    void call(Consumer<DynamoDbClient> request) {
        List<SdkException> failures = new ArrayList<>();
        while (failures.size() < regions.size()) {
            try {
                request.accept(regions.get(current));
                return;
            } catch (SdkException failed) {
                failures.add(failed);
                if (failed instanceof DynamoDbException answered && answered.statusCode() < SERVER_ERROR) {
                    break;
                }
                left.add(current);
                current = (current + 1) % regions.size();
            }
        }
        AssertionError error = new AssertionError("a request is served nowhere");
        failures.forEach(error::addSuppressed);
        throw error;
    }
}
