package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.partiql.Statement.Returning;
import dev.meridian.node.partiql.Statement.Select;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.AttributeJson;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** ExecuteStatement: one PartiQL statement. */
final class ExecuteStatement implements Operation {
    private final ApiContext context;

    ExecuteStatement(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        List<AttributeValue> parameters = BoundStatement.parameters(request);
        BoundStatement bound = BoundStatement.of(request, parameters);
        Capacity.Asked capacity = Capacity.asked(request);
        String token = request.text("NextToken");
        if (bound.statement() instanceof Select select) {
            return CompletableFuture.completedFuture(select(request, bound, select, token, capacity));
        }
        if (token != null) {
            throw ApiException.validation("NextToken does not match request");
        }
        boolean returnsOldOnFailure =
                request.text("ReturnValuesOnConditionCheckFailure", "NONE").equals("ALL_OLD");
        return context.store().write(view -> write(view, bound, returnsOldOnFailure, capacity));
    }

    private Reply select(
            RequestReader request,
            BoundStatement bound,
            Select select,
            @Nullable String token,
            Capacity.Asked capacity) {
        Bytes digest = StatementToken.digest(request);
        Long limit = request.number("Limit");
        StatementReader.Asked asked = new StatementReader.Asked(
                request.flag("ConsistentRead"),
                limit == null ? Long.MAX_VALUE : limit,
                token == null ? null : StatementToken.parse(token, digest),
                digest,
                capacity);
        return context.store()
                .read(view -> new StatementReader(
                                bound, select, asked, bound.table(context, view.catalog()), context.throttle())
                        .read(view));
    }

    private Reply write(WriteView view, BoundStatement bound, boolean returnsOldOnFailure, Capacity.Asked capacity) {
        Returning returning = StatementWrites.returning(bound.statement());
        Planned done = plan(context, view, bound, returnsOldOnFailure, capacity);
        done.write(view);
        Item returned = StatementWrites.returned(returning, done);
        return Reply.later(out -> {
            out.writeArrayFieldStart("Items");
            if (returned != null) {
                AttributeJson.write(returned, out);
            }
            out.writeEndArray();
            if (capacity != Capacity.Asked.NONE) {
                out.writeFieldName("ConsumedCapacity");
                Capacity.written(done).write(out, capacity);
            }
        });
    }

    /** @throws ApiException if the statement is refused */
    static Planned plan(
            ApiContext context,
            WriteView view,
            BoundStatement bound,
            boolean returnsOldOnFailure,
            Capacity.Asked capacity) {
        boolean needsBefore = StatementWrites.returning(bound.statement()) != null || capacity != Capacity.Asked.NONE;
        return new StatementWrites(bound, bound.table(context, view.catalog()))
                .alone(returnsOldOnFailure)
                .plan(context, view, needsBefore);
    }
}
