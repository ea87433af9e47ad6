package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.KeyAttribute;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.streamsapi.Shard;
import dev.meridian.streams.SequenceNumbers;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** DescribeStream: a stream and, a page at a time, its shards. */
final class DescribeStream implements Operation {
    private static final int MAX_LIMIT = 100;
    private static final double MILLIS_PER_SECOND = 1000.0;

    private final ApiContext context;

    DescribeStream(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("StreamArn");
        Long asked = request.number("Limit");
        int limit = asked == null ? MAX_LIMIT : asked.intValue();
        String start = request.text("ExclusiveStartShardId", "");
        String parent = parent(request.object("ShardFilter"));
        StreamDescriptor stream = context.store().read(view -> StreamArn.find(context, view, arn));
        if (!start.isEmpty()) {
            requireKnown(stream, arn, start);
        }
        if (parent != null) {
            requireKnown(stream, arn, parent);
        }
        List<Shard> behind = Shard.of(stream).stream()
                .filter(shard -> shard.id().compareTo(start) > 0)
                .filter(shard -> parent == null || shard.parentId().equals(Optional.of(parent)))
                .limit(limit + 1L)
                .toList();
        List<Shard> page = behind.subList(0, Math.min(limit, behind.size()));
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeObjectFieldStart("StreamDescription");
            write(stream, out);
            out.writeArrayFieldStart("Shards");
            for (Shard shard : page) {
                write(shard, out);
            }
            out.writeEndArray();
            if (behind.size() > limit) {
                out.writeStringField(
                        "LastEvaluatedShardId", page.get(page.size() - 1).id());
            }
            out.writeEndObject();
        }));
    }

    private static void requireKnown(StreamDescriptor stream, String arn, String shard) {
        if (!Shard.wasTrimmed(stream, shard)) {
            GetShardIterator.shard(stream, arn, shard);
        }
    }

    /** @return the shard of which only children are wanted; null for all shards */
    private static @Nullable String parent(@Nullable RequestReader filter) {
        if (filter == null) {
            return null;
        }
        String shard = filter.text("ShardId");
        if (filter.text("Type") == null || shard == null) {
            throw ApiException.validation("ShardFilter must have a Type and a ShardId");
        }
        return shard;
    }

    private void write(StreamDescriptor stream, JsonGenerator out) throws IOException {
        out.writeStringField("StreamArn", StreamArn.of(context.region(), stream));
        out.writeStringField("StreamLabel", stream.label());
        out.writeStringField("StreamStatus", stream.enabled() ? "ENABLED" : "DISABLED");
        out.writeStringField("StreamViewType", stream.viewType().name());
        out.writeNumberField("CreationRequestDateTime", stream.createdMillis() / MILLIS_PER_SECOND);
        out.writeStringField("TableName", stream.tableName());
        out.writeArrayFieldStart("KeySchema");
        String type = "HASH";
        for (KeyAttribute attribute : Keys.attributes(stream.schema())) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.name());
            out.writeStringField("KeyType", type);
            out.writeEndObject();
            type = "RANGE";
        }
        out.writeEndArray();
    }

    private static void write(Shard shard, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("ShardId", shard.id());
        if (shard.parentId().isPresent()) {
            out.writeStringField("ParentShardId", shard.parentId().get());
        }
        out.writeObjectFieldStart("SequenceNumberRange");
        out.writeStringField("StartingSequenceNumber", SequenceNumbers.format(shard.start()));
        if (shard.lastOfAll().isPresent()) {
            out.writeStringField(
                    "EndingSequenceNumber",
                    SequenceNumbers.format(shard.lastOfAll().get()));
        }
        out.writeEndObject();
        out.writeEndObject();
    }
}
