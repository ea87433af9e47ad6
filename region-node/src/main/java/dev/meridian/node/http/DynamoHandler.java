package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.Causality;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One region's operations, as ports offer them. */
public final class DynamoHandler implements Regions {
    private final RegionId region;
    private final Operations operations;
    private final Causality causality;
    private final RequestObserver observer;

    public DynamoHandler(RegionId region, Operations operations) {
        this(region, operations, Causality.NONE, (operation, nanos, error) -> {});
    }

    public DynamoHandler(RegionId region, Operations operations, Causality causality, RequestObserver observer) {
        this.region = region;
        this.operations = operations;
        this.causality = causality;
        this.observer = observer;
    }

    Causality causality() {
        return causality;
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
        long begin = System.nanoTime();
        CompletionStage<Reply> reply;
        try {
            reply = operations.execute(operation, body);
        } catch (Throwable thrown) {
            reply = CompletableFuture.failedFuture(thrown);
        }
        return reply.whenComplete(
                (unused, failure) -> observer.answered(operation, System.nanoTime() - begin, error(failure)));
    }

    private static @Nullable ErrorCode error(@Nullable Throwable failure) {
        return failure == null ? null : ErrorAnswer.code(failure);
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
