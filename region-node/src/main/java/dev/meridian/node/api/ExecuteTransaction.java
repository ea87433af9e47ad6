package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiException.CancellationReason;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.partiql.Statement;
import dev.meridian.node.partiql.Statement.Select;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** ExecuteTransaction: up to 100 statements that read, or that write, one item each; all are done or none. */
final class ExecuteTransaction implements Operation {
    private static final long MAX_BYTES = 4L << 20;

    private final ApiContext context;
    private final TransactionTokens tokens;

    ExecuteTransaction(ApiContext context, TransactionTokens tokens) {
        this.context = context;
        this.tokens = tokens;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    /** A statement with its place in the request. */
    private record Part(int number, BoundStatement bound, boolean returnsOldOnFailure) {
        /** What is wrong with the statement as such is told with its place. */
        <T> T prefixed(Supplier<T> step) {
            return ExecuteTransaction.prefixed(number, step);
        }
    }

    private static <T> T prefixed(int number, Supplier<T> step) {
        try {
            return step.get();
        } catch (ApiException refused) {
            throw refused.code() == ErrorCode.VALIDATION
                    ? ApiException.validation(
                            "Validation failed in TransactStatements[" + number + "]: " + refused.getMessage())
                    : refused;
        }
    }

    @Override
    public long readBytes() {
        return AnswerSize.HEAP_BYTES;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        List<Part> parts = parts(request);
        Capacity.Asked capacity = Capacity.asked(request);
        long reads =
                parts.stream().filter(part -> part.bound().statement().isRead()).count();
        if (reads == parts.size()) {
            return CompletableFuture.completedFuture(context.store().read(view -> read(view, parts, capacity)));
        }
        if (reads > 0) {
            throw ApiException.validation(
                    "The statements of a transaction must be all reads or all writes; they cannot be mixed");
        }
        String token = request.text("ClientRequestToken");
        TransactionTokens.Claim claim = token == null ? null : tokens.claim(token, request, "TransactStatements");
        return context.store().write(view -> write(view, parts, claim, capacity));
    }

    private static List<Part> parts(RequestReader request) {
        List<RequestReader> statements = request.objects("TransactStatements");
        List<List<AttributeValue>> parameters =
                statements.stream().map(BoundStatement::parameters).toList();
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < statements.size(); i++) {
            int number = i;
            RequestReader statement = statements.get(i);
            BoundStatement bound = prefixed(number, () -> BoundStatement.of(statement, parameters.get(number)));
            boolean returnsOldOnFailure = statement
                    .text("ReturnValuesOnConditionCheckFailure", "NONE")
                    .equals("ALL_OLD");
            parts.add(new Part(number, bound, returnsOldOnFailure));
        }
        return parts;
    }

    /** Null where the table is not there. */
    private @Nullable TableDescriptor table(Catalog catalog, Part part) {
        try {
            return part.bound().table(context, catalog);
        } catch (ApiException refused) {
            if (refused.code() == ErrorCode.RESOURCE_NOT_FOUND) {
                return null;
            }
            throw refused;
        }
    }

    /** What each statement is in its table; a table that is not there cancels the transaction. */
    private <T> List<T> resolve(
            Catalog catalog, List<Part> parts, java.util.function.BiFunction<Part, TableDescriptor, T> reader) {
        List<T> resolved = new ArrayList<>();
        List<CancellationReason> reasons = new ArrayList<>();
        for (Part part : parts) {
            TableDescriptor table = table(catalog, part);
            if (table == null) {
                reasons.add(CancellationReason.of(ApiException.resourceNotFound("Requested resource not found")));
            } else {
                resolved.add(part.prefixed(() -> reader.apply(part, table)));
                reasons.add(CancellationReason.NONE);
            }
        }
        if (resolved.size() < parts.size()) {
            throw ApiException.transactionCancelled(reasons);
        }
        return resolved;
    }

    private Reply write(
            WriteView view, List<Part> parts, TransactionTokens.@Nullable Claim claim, Capacity.Asked capacity) {
        List<ItemAction> actions = resolve(
                view.catalog(),
                parts,
                (part, table) -> new StatementWrites(part.bound(), table).inTransaction(part.returnsOldOnFailure()));
        if (claim != null && claim.isDone(view)) {
            return reply(List.of(), TransactWriteItems.consumedAgain(context, view, actions), capacity);
        }
        TransactWriteItems.requireDistinct(context, view, actions);
        List<Planned> planned = TransactWriteItems.plan(context, view, actions, capacity != Capacity.Asked.NONE);
        view.beginTransaction();
        planned.forEach(each -> each.write(view, Capacity.Price.TRANSACTED_WRITE));
        if (claim != null) {
            claim.record(view);
        }
        return reply(List.of(), TransactWriteItems.consumed(planned, capacity), capacity);
    }

    private record Target(TableId table, ItemKey key) {}

    private Reply read(ReadView view, List<Part> parts, Capacity.Asked capacity) {
        List<StatementReader.Single> singles = resolve(view.catalog(), parts, ExecuteTransaction::single);
        requireFit(singles);
        Map<String, Capacity.Consumed> consumed = new LinkedHashMap<>();
        List<byte @Nullable []> found = new ArrayList<>();
        AnswerSize answer = new AnswerSize();
        long bytes = 0;
        for (StatementReader.Single single : singles) {
            StoredItem stored = single.find(context, view, Capacity.Price.TRANSACTED_READ, true);
            long size = stored == null ? 0 : stored.item().sizeBytes();
            bytes += size;
            if (bytes > MAX_BYTES) {
                throw TransactGetItems.tooLarge();
            }
            consumed.computeIfAbsent(
                            single.table().name(), name -> new Capacity.Consumed(name, Capacity.Price.TRANSACTED_READ))
                    .add(2 * Capacity.readUnits(size, true));
            byte[] json = stored == null ? null : single.json(stored);
            if (json != null) {
                answer.requireRoom(json);
            }
            found.add(json);
        }
        return reply(found, consumed, capacity);
    }

    private static StatementReader.Single single(Part part, TableDescriptor table) {
        Statement statement = part.bound().statement();
        Select select = (Select) statement;
        String index = select.target().index();
        StatementReader.requireSingleAttributes(index == null ? null : table.index(index));
        if (index != null) {
            throw ApiException.validation("Reads on indices are not supported within transactions.");
        }
        return StatementReader.Single.of(part.bound(), table, "ExecuteTransaction");
    }

    /** Keys that do not fit their tables cancel the transaction; no item may be read twice. */
    private static void requireFit(List<StatementReader.Single> singles) {
        Set<Target> targets = new HashSet<>();
        List<CancellationReason> reasons = new ArrayList<>();
        boolean cancelled = false;
        boolean repeated = false;
        for (StatementReader.Single single : singles) {
            try {
                ItemKey key = Keys.of(single.key(), single.table().schema());
                repeated |= !targets.add(new Target(single.table().id(), key));
                reasons.add(CancellationReason.NONE);
            } catch (ApiException refused) {
                reasons.add(CancellationReason.of(refused));
                cancelled = true;
            }
        }
        if (cancelled) {
            throw ApiException.transactionCancelled(reasons);
        }
        if (repeated) {
            throw ApiException.validation("Transaction request cannot include multiple operations on one item");
        }
    }

    /** @param items of reads; those of writes have none */
    private static Reply reply(
            List<byte @Nullable []> items, Map<String, Capacity.Consumed> consumed, Capacity.Asked capacity) {
        return Reply.later(out -> {
            out.writeArrayFieldStart("Responses");
            for (byte[] item : items) {
                out.writeStartObject();
                if (item != null) {
                    out.writeFieldName("Item");
                    Reply.writeValue(item, out);
                }
                out.writeEndObject();
            }
            out.writeEndArray();
            Capacity.write(consumed.values(), capacity, out);
        });
    }
}
