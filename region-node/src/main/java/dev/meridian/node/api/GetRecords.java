package dev.meridian.node.api;

import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.streamsapi.RecordPage;
import dev.meridian.node.streamsapi.Shard;
import dev.meridian.node.streamsapi.ShardIterator;
import dev.meridian.node.streamsapi.StreamRecord;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** GetRecords: the records behind an iterator, and the iterator to go on with. */
final class GetRecords implements Operation {
    private final ApiContext context;

    GetRecords(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public long readBytes() {
        return AnswerSize.HEAP_BYTES;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        long now = context.clock().millis();
        ShardIterator iterator = ShardIterator.parse(request.requiredText("ShardIterator"))
                .orElseThrow(() -> ApiException.validation("Invalid ShardIterator"));
        if (iterator.isExpired(now)) {
            throw new ApiException(
                    ErrorCode.EXPIRED_ITERATOR,
                    String.format(
                            Locale.ROOT,
                            "Iterator expired. The iterator was created at %d while now is %d (milliseconds since"
                                    + " 1970); an iterator is good for %d milliseconds",
                            iterator.createdMillis(),
                            now,
                            ShardIterator.LIFE_MILLIS));
        }
        Long asked = request.number("Limit");
        int most = asked == null ? RecordPage.RECORDS_MOST : asked.intValue();
        RecordPage page = page(iterator, most);
        return CompletableFuture.completedFuture(Reply.later(out -> {
            out.writeArrayFieldStart("Records");
            for (StreamRecord record : page.records()) {
                record.write(context.region(), out);
            }
            out.writeEndArray();
            if (page.next().isPresent()) {
                ShardIterator next = new ShardIterator(
                        iterator.streamArn(),
                        iterator.shardId(),
                        false,
                        page.next().get(),
                        now);
                out.writeStringField("NextShardIterator", next.format());
            }
        }));
    }

    private RecordPage page(ShardIterator iterator, int most) {
        return context.store().read(view -> {
            StreamDescriptor stream = StreamArn.find(context, view, iterator.streamArn());
            Shard shard = GetShardIterator.shard(stream, iterator.streamArn(), iterator.shardId());
            try {
                return RecordPage.read(view, shard, iterator, most);
            } catch (RecordPage.TrimmedException trimmed) {
                throw GetShardIterator.trimmed();
            }
        });
    }
}
