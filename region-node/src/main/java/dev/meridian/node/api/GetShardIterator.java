package dev.meridian.node.api;

import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.streamsapi.Shard;
import dev.meridian.node.streamsapi.ShardIterator;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.SequenceNumbers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** GetShardIterator: a place in a shard to read from. */
final class GetShardIterator implements Operation {
    private final ApiContext context;

    GetShardIterator(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("StreamArn");
        // Before the snapshot: what is answered by now is in it, and LATEST is behind it.
        SequenceNumber last = context.store().changes().last();
        ShardIterator iterator = context.store().read(view -> {
            StreamDescriptor stream = StreamArn.find(context, view, arn);
            return iterator(view, arn, shard(stream, arn, request.requiredText("ShardId")), last, request);
        });
        return CompletableFuture.completedFuture(
                Reply.now(out -> out.writeStringField("ShardIterator", iterator.format())));
    }

    static Shard shard(StreamDescriptor stream, String arn, String id) {
        return Shard.find(stream, id)
                .orElseThrow(() -> Shard.wasTrimmed(stream, id)
                        ? trimmed()
                        : ApiException.resourceNotFound(
                                "Requested resource not found: Shard: " + id + " in Stream: " + arn + " not found"));
    }

    static ApiException trimmed() {
        return new ApiException(
                ErrorCode.TRIMMED_DATA_ACCESS,
                "The operation attempted to read past the oldest stream record in a shard.");
    }

    private ShardIterator iterator(ReadView view, String arn, Shard shard, SequenceNumber last, RequestReader request) {
        long now = context.clock().millis();
        String type = request.requiredText("ShardIteratorType");
        requireNumberOrNone(request, type);
        boolean horizon = type.equals("TRIM_HORIZON");
        SequenceNumber after =
                switch (type) {
                    case "TRIM_HORIZON" -> SequenceNumber.NONE;
                    case "LATEST" -> last;
                    case "AT_SEQUENCE_NUMBER" ->
                        new SequenceNumber(asked(shard, last, request).value() - 1);
                    case "AFTER_SEQUENCE_NUMBER" -> asked(shard, last, request);
                    default -> throw new AssertionError(type + " has not been checked");
                };
        boolean lost = after.compareTo(view.trimmed(shard.stream(), shard.partitions())) < 0;
        if (lost && !horizon) {
            throw trimmed();
        }
        return new ShardIterator(arn, shard.id(), horizon, after, now);
    }

    private static void requireNumberOrNone(RequestReader request, String type) {
        boolean takesNumber = type.endsWith("_SEQUENCE_NUMBER");
        if (!takesNumber && request.has("SequenceNumber")) {
            throw ApiException.validation("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and"
                    + " SequenceNumber or (2) TRIM_HORIZON or LATEST and no SequenceNumber. Request specified " + type
                    + " and also a SequenceNumber.");
        }
        if (takesNumber && !request.has("SequenceNumber")) {
            throw ApiException.validation("SequenceNumber is required for ShardIteratorType " + type);
        }
    }

    private static SequenceNumber asked(Shard shard, SequenceNumber last, RequestReader request) {
        String text = request.requiredText("SequenceNumber");
        SequenceNumber asked = SequenceNumbers.parse(text)
                .orElseThrow(() -> ApiException.validation("Invalid SequenceNumber: " + text));
        SequenceNumber newest = last.compareTo(shard.start()) < 0 ? shard.start() : last;
        SequenceNumber end = shard.lastOfAll().orElse(newest);
        if (asked.compareTo(shard.start()) < 0 || asked.compareTo(end) > 0) {
            throw ApiException.validation("Invalid SequenceNumber: " + text + " is not in shard " + shard.id());
        }
        return asked;
    }
}
