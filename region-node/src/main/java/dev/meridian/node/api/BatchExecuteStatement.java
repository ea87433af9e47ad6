package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** BatchExecuteStatement: up to 25 statements that read, or that write, one item each. Each succeeds or fails by itself. */
final class BatchExecuteStatement implements Operation {
    private final ApiContext context;

    BatchExecuteStatement(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    /** A statement, or why it is none. */
    private record Slot(
            RequestReader request,
            @Nullable BoundStatement bound,
            @Nullable ApiException refused) {
        static Slot of(RequestReader request) {
            try {
                return new Slot(request, BoundStatement.of(request, BoundStatement.parameters(request)), null);
            } catch (ApiException refused) {
                return new Slot(request, null, refused);
            }
        }
    }

    /**
     * What became of a statement.
     *
     * @param table null if the statement was refused before anything was looked for in its table
     */
    private record Answer(
            @Nullable String table,
            byte @Nullable [] item,
            @Nullable ApiException refused,
            Capacity.@Nullable Consumed consumed) {
        static Answer refused(@Nullable String table, ApiException refused) {
            return new Answer(table, null, refused, null);
        }
    }

    @Override
    public long readBytes() {
        return AnswerSize.HEAP_BYTES;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        List<Slot> slots = request.objects("Statements").stream().map(Slot::of).toList();
        Capacity.Asked capacity = Capacity.asked(request);
        boolean reads = false;
        boolean writes = false;
        for (Slot slot : slots) {
            BoundStatement bound = slot.bound();
            reads |= bound != null && bound.statement().isRead();
            writes |= bound != null && !bound.statement().isRead();
        }
        if (reads && writes) {
            throw ApiException.validation(
                    "The statements of a batch must be all reads or all writes; they cannot be mixed");
        }
        if (writes) {
            return context.store().write(view -> {
                List<Answer> answers = new ArrayList<>();
                AnswerSize size = new AnswerSize();
                slots.forEach(slot -> answers.add(write(view, slot, capacity, size)));
                return reply(answers, capacity);
            });
        }
        return CompletableFuture.completedFuture(context.store().read(view -> {
            List<Answer> answers = new ArrayList<>();
            AnswerSize size = new AnswerSize();
            slots.forEach(slot -> answers.add(read(view, slot, size)));
            return reply(answers, capacity);
        }));
    }

    private Answer read(ReadView view, Slot slot, AnswerSize size) {
        BoundStatement bound = slot.bound();
        if (bound == null) {
            return Answer.refused(null, refusal(slot));
        }
        String table = null;
        try {
            StatementReader.Single single =
                    StatementReader.Single.of(bound, bound.table(context, view.catalog()), "BatchExecuteStatement");
            table = single.table().name();
            boolean consistent = slot.request().flag("ConsistentRead");
            StoredItem found = single.find(context, view, Capacity.Price.STANDARD, consistent);
            Capacity.Consumed consumed = new Capacity.Consumed(table);
            consumed.add(Capacity.readUnits(found == null ? 0 : found.item().sizeBytes(), consistent));
            byte[] json = found == null ? null : single.json(found);
            if (json != null) {
                size.requireRoom(json);
            }
            return new Answer(table, json, null, consumed);
        } catch (ApiException refused) {
            return Answer.refused(table, refused);
        }
    }

    private Answer write(WriteView view, Slot slot, Capacity.Asked capacity, AnswerSize size) {
        BoundStatement bound = slot.bound();
        if (bound == null) {
            return Answer.refused(null, refusal(slot));
        }
        String table = null;
        try {
            ItemAction action = new StatementWrites(bound, bound.table(context, view.catalog())).alone(false);
            table = action.tableName;
            boolean needsBefore =
                    StatementWrites.returning(bound.statement()) != null || capacity != Capacity.Asked.NONE;
            Planned done = action.plan(context, view, needsBefore);
            Item returned = StatementWrites.returned(StatementWrites.returning(bound.statement()), done);
            byte[] json = returned == null ? null : Reply.value(out -> AttributeJson.write(returned, out));
            if (json != null) {
                size.requireRoom(json);
            }
            done.write(view);
            return new Answer(table, json, null, capacity == Capacity.Asked.NONE ? null : Capacity.written(done));
        } catch (ApiException refused) {
            return Answer.refused(table, refused);
        }
    }

    private static ApiException refusal(Slot slot) {
        ApiException refused = slot.refused();
        if (refused == null) {
            throw new AssertionError(slot);
        }
        return refused;
    }

    private static Reply reply(List<Answer> answers, Capacity.Asked capacity) {
        return Reply.later(out -> {
            out.writeArrayFieldStart("Responses");
            for (Answer answer : answers) {
                write(answer, out);
            }
            out.writeEndArray();
            if (capacity != Capacity.Asked.NONE) {
                out.writeArrayFieldStart("ConsumedCapacity");
                for (Answer answer : answers) {
                    if (answer.consumed() != null) {
                        answer.consumed().write(out, capacity);
                    }
                }
                out.writeEndArray();
            }
        });
    }

    private static void write(Answer answer, JsonGenerator out) throws IOException {
        out.writeStartObject();
        ApiException refused = answer.refused();
        if (refused != null) {
            out.writeObjectFieldStart("Error");
            out.writeStringField("Code", code(refused));
            out.writeStringField("Message", refused.getMessage());
            out.writeEndObject();
        }
        if (answer.table() != null) {
            out.writeStringField("TableName", answer.table());
        }
        if (answer.item() != null) {
            out.writeFieldName("Item");
            Reply.writeValue(answer.item(), out);
        }
        out.writeEndObject();
    }

    /** As the API calls the errors of single statements. */
    private static String code(ApiException refused) {
        return switch (refused.code()) {
            case CONDITIONAL_CHECK_FAILED -> "ConditionalCheckFailed";
            case RESOURCE_NOT_FOUND -> "ResourceNotFound";
            case DUPLICATE_ITEM -> "DuplicateItem";
            case PROVISIONED_THROUGHPUT_EXCEEDED -> "ProvisionedThroughputExceeded";
            case INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE -> "InternalServerError";
            default -> "ValidationError";
        };
    }
}
