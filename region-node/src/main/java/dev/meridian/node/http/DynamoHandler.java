package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One region's operations, as ports offer them. */
public final class DynamoHandler implements Regions {
    private final RegionId region;
    private final Operations operations;

    public DynamoHandler(RegionId region, Operations operations) {
        this.region = region;
        this.operations = operations;
    }

    RegionId region() {
        return region;
    }

    /** No operation of the streams is known yet. */
    boolean contains(Service service, String operation) {
        return service == Service.DYNAMODB && operations.contains(operation);
    }

    boolean isHeavy(String operation) {
        return operations.isHeavy(operation);
    }

    /** Never throws: what an operation throws, an {@code Error} too, is the stage's failure. */
    CompletionStage<Reply> execute(String operation, byte[] body) {
        try {
            return operations.execute(operation, body);
        } catch (Throwable thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** On its own port a region takes all that is sent to it, whichever region it is signed for. */
    @Override
    public DynamoHandler of(String signedFor) {
        return this;
    }

    @Override
    public DynamoHandler first() {
        return this;
    }
}
