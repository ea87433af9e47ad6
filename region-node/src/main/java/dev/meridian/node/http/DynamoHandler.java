package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.Causality;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.PositionToken;
import dev.meridian.node.api.Reply;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One region's operations, as ports offer them. */
public final class DynamoHandler implements Regions {
    private final RegionId region;
    private final Map<Service, Operations> operations;
    private final Causality causality;
    private final RequestObserver observer;
    private volatile Position told = new Position(VersionVector.EMPTY, PositionToken.encode(VersionVector.EMPTY));

    /** A position and its text, which reads that come one after the other share: comparison, GetItem. */
    private record Position(VersionVector vector, String token) {}

    /** @param streams the operations of the DynamoDB Streams API */
    public DynamoHandler(RegionId region, Operations dynamodb, Operations streams) {
        this(region, dynamodb, streams, Causality.NONE, (operation, nanos, error) -> {});
    }

    /** @param streams the operations of the DynamoDB Streams API */
    public DynamoHandler(
            RegionId region, Operations dynamodb, Operations streams, Causality causality, RequestObserver observer) {
        this.region = region;
        this.operations = new EnumMap<>(Map.of(Service.DYNAMODB, dynamodb, Service.STREAMS, streams));
        this.causality = causality;
        this.observer = observer;
    }

    Causality causality() {
        return causality;
    }

    /** How far the region is by now, as text for a header. */
    String position() {
        VersionVector now = causality.position();
        Position known = told;
        if (!known.vector.equals(now)) {
            known = new Position(now, PositionToken.encode(now));
            told = known;
        }
        return known.token;
    }

    RegionId region() {
        return region;
    }

    boolean contains(Service service, String operation) {
        return of(service).contains(operation);
    }

    boolean isHeavy(Service service, String operation) {
        return of(service).isHeavy(operation);
    }

    /** What a request may take of the heap. @throws dev.meridian.node.api.ApiException if it is beyond the service's limits */
    long heapBytes(Service service, String operation, byte[] body) {
        return of(service).heapBytes(operation, body);
    }

    /** What an operation that is executed on a worker may take of the heap for what it reads. */
    long readBytes(Service service, String operation) {
        return of(service).readBytes(operation);
    }

    private Operations of(Service service) {
        return Objects.requireNonNull(operations.get(service));
    }

    /**
     * Never throws: what an operation throws, an {@code Error} too, is the stage's failure.
     *
     * @param calledAs as {@code host:port} what the client calls this server
     */
    CompletionStage<Reply> execute(Service service, String operation, byte[] body, String calledAs) {
        long begin = System.nanoTime();
        CompletionStage<Reply> reply;
        try {
            reply = of(service).execute(operation, body, calledAs);
        } catch (Throwable thrown) {
            reply = CompletableFuture.failedFuture(thrown);
        }
        return observed(reply, operation, begin);
    }

    /** As {@link #execute}, unless more than so many bytes would be read for it. @return null then */
    @Nullable
    CompletionStage<Reply> executeBriefly(Service service, String operation, byte[] body, long readBytesMax) {
        long begin = System.nanoTime();
        CompletionStage<Reply> reply;
        try {
            reply = of(service).executeBriefly(operation, body, readBytesMax);
        } catch (Throwable thrown) {
            reply = CompletableFuture.failedFuture(thrown);
        }
        return reply == null ? null : observed(reply, operation, begin);
    }

    private CompletionStage<Reply> observed(CompletionStage<Reply> reply, String operation, long begin) {
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
