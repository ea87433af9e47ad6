package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.KeyCondition;
import dev.meridian.node.expression.LegacyCondition;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.IndexKeys;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import dev.meridian.node.store.SortCondition;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Query. */
final class Query implements Operation {
    private static final List<ExpressionKind> EXPRESSIONS =
            List.of(ExpressionKind.PROJECTION, ExpressionKind.FILTER, ExpressionKind.KEY_CONDITION);

    /** So many requests for a table are not tried briefly behind one that was not brief. */
    static final int STRAIGHT_TO_WORKER = 100;

    private final ApiContext context;

    /** Of tables, as requests name them, whose last page was not brief: how many requests go to a worker yet. */
    private final Map<String, AtomicInteger> straight = new ConcurrentHashMap<>();

    Query(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public ValueLayer layer() {
        return ValueLayer.CURRENT;
    }

    /** With conditions for it to join, an unknown operator is told first, alone, and by names that it does not have. */
    @Override
    public void beforeConstraints(RequestReader request) {
        String operator = request.text("ConditionalOperator", "AND");
        boolean joins = request.objectsByName("QueryFilter").size() > 1;
        if (joins && !operator.equals("AND") && !operator.equals("OR")) {
            throw ApiException.validation(
                    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]");
        }
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return CompletableFuture.completedFuture(read(request, Long.MAX_VALUE).orElseThrow());
    }

    @Override
    public @Nullable Reply executeBriefly(RequestReader request, long readBytesMax) {
        String table = request.requiredText("TableName");
        AtomicInteger left = straight.get(table);
        if (left != null) {
            if (left.decrementAndGet() <= 0) {
                straight.remove(table, left);
            }
            return null;
        }
        Optional<Reply> reply = read(request, readBytesMax);
        if (reply.isEmpty()) {
            straight.put(table, new AtomicInteger(STRAIGHT_TO_WORKER));
        }
        return reply.orElse(null);
    }

    private Optional<Reply> read(RequestReader request, long readBytesMax) {
        boolean byExpression = request.has("KeyConditionExpression");
        ExpressionParameters expressions = new ExpressionParameters(
                request,
                EXPRESSIONS,
                byExpression
                        ? List.of("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions")
                        : List.of("AttributesToGet", "QueryFilter", "ConditionalOperator"));
        Condition filter = LegacyConditions.filter(request, "QueryFilter");
        Projection projection = AttributeSelection.read(request);
        Item exclusiveStart = request.item("ExclusiveStartKey");
        if (!byExpression && !request.has("KeyConditions")) {
            throw ApiException.validation(
                    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }
        KeyCondition condition = byExpression
                ? KeyCondition.parse(request.requiredText("KeyConditionExpression"), expressions.placeholders())
                : legacy(request);
        Condition filterExpression = expressions.filter();
        Projection projectionExpression = expressions.projection();
        expressions.requireAllUsed();
        PageReader.checkSelection(request);
        PageReader.Parameters parameters = PageReader.Parameters.of(
                request,
                context,
                exclusiveStart,
                filterExpression == null ? filter : filterExpression,
                projectionExpression == null ? projection : projectionExpression);
        boolean forward = request.flag("ScanIndexForward", true);
        String filterName = filterExpression == null ? "QueryFilter" : "Filter Expression";
        return context.store().read(view -> {
            PageReader page = new PageReader(
                    parameters, context.serving(view.catalog(), parameters.tableName()), context.throttle());
            KeyCondition.Fitted fitted = condition.fit(page.partitionKey(), page.sortKey());
            checkValues(page, fitted);
            ScanRange range = range(page, fitted, forward, page.start());
            page.refuseKeysInFilter(filterName);
            page.requireScalarKeys();
            return read(page, view, range, fitted.partition(), readBytesMax);
        });
    }

    /** Reads a page, and counts its partition for those who watch the table or the index. */
    private Optional<Reply> read(
            PageReader page, ReadView view, ScanRange range, List<AttributeValue> partition, long readBytesMax) {
        Optional<Reply> reply;
        try {
            reply = page.read(view, range, readBytesMax);
        } catch (ApiException held) {
            if (held.code() == ErrorCode.PROVISIONED_THROUGHPUT_EXCEEDED) {
                context.insights().throttled(page.table(), page.index(), partition);
            }
            throw held;
        }
        if (reply.isPresent()) {
            context.insights().accessed(page.table(), page.index(), partition);
        }
        return reply;
    }

    private static KeyCondition legacy(RequestReader request) {
        List<LegacyCondition.Clause> conditions = LegacyConditions.clauses(request, "KeyConditions");
        // Of too many it is told when the key is known: that of an index may have several attributes.
        if (conditions.isEmpty()) {
            throw ApiException.validation("Conditions can be of length 1 or 2 only");
        }
        return KeyCondition.of(conditions);
    }

    /** No key is empty, and none is longer than it may be. */
    private static void checkValues(PageReader page, KeyCondition.Fitted fitted) {
        for (int i = 0; i < fitted.partition().size(); i++) {
            Keys.checkSize(page.partitionKey().get(i), fitted.partition().get(i), ItemKey.MAX_PARTITION_BYTES);
        }
        int at = 0;
        for (AttributeValue value : fitted.equal()) {
            Keys.checkSize(page.sortKey().get(at++), value, ItemKey.MAX_SORT_BYTES);
        }
        SortCondition condition = fitted.condition();
        if (condition != null) {
            KeyAttribute attribute = page.sortKey().get(at);
            Keys.checkSize(attribute, condition.value(), ItemKey.MAX_SORT_BYTES);
            AttributeValue upper = condition.upper();
            if (upper != null) {
                Keys.checkSize(attribute, upper, ItemKey.MAX_SORT_BYTES);
            }
        }
    }

    static ScanRange range(PageReader page, KeyCondition.Fitted fitted, boolean forward, @Nullable ItemKey start) {
        IndexKeys index = page.indexKeys();
        ScanRange range = index != null
                ? index.range(fitted.partition(), fitted.equal(), fitted.condition(), forward, start)
                : tableRange(fitted, forward, start);
        if (start != null) {
            boolean bounded = !fitted.equal().isEmpty() || fitted.condition() != null;
            checkStart(range, start, bounded);
        }
        return range;
    }

    /** A page goes on only where the condition is looking. @param bounded whether the condition is about sort keys too */
    private static void checkStart(ScanRange range, ItemKey start, boolean bounded) {
        boolean inPartition = Objects.equals(start.partition(), range.partition());
        boolean inSortRange = isInside(start.sort(), range);
        if (!inPartition && !(bounded && inSortRange)) {
            throw ApiException.validation(
                    "The provided starting key is outside query boundaries based on provided conditions");
        }
        if (!inSortRange) {
            throw ApiException.validation("The provided starting key does not match the range key predicate");
        }
        if (!inPartition) {
            throw ApiException.validation("The query can return at most one row and cannot be restarted");
        }
    }

    private static boolean isInside(@Nullable Bytes sort, ScanRange range) {
        Bound lower = range.lower();
        Bound upper = range.upper();
        if (sort == null) {
            return true;
        }
        int above = lower == null ? 1 : sort.compareTo(lower.sort());
        int below = upper == null ? -1 : sort.compareTo(upper.sort());
        return (above > 0 || (above == 0 && Objects.requireNonNull(lower).inclusive()))
                && (below < 0 || (below == 0 && Objects.requireNonNull(upper).inclusive()));
    }

    static ScanRange tableRange(KeyCondition.Fitted fitted, boolean forward, @Nullable ItemKey start) {
        Bytes partition = KeyCodec.encode(fitted.partition().get(0));
        if (!fitted.equal().isEmpty()) {
            Bound only = new Bound(KeyCodec.encode(fitted.equal().get(0)), true);
            return ScanRange.partition(partition, only, only, forward, start);
        }
        SortCondition condition = fitted.condition();
        if (condition == null) {
            return ScanRange.partition(partition, null, null, forward, start);
        }
        Bytes first = KeyCodec.encode(condition.value());
        Bound lower = null;
        Bound upper = null;
        switch (condition.operator()) {
            case EQ -> {
                lower = new Bound(first, true);
                upper = lower;
            }
            case LT -> upper = new Bound(first, false);
            case LE -> upper = new Bound(first, true);
            case GT -> lower = new Bound(first, false);
            case GE -> lower = new Bound(first, true);
            case BETWEEN -> {
                lower = new Bound(first, true);
                upper = new Bound(KeyCodec.encode(Objects.requireNonNull(condition.upper())), true);
            }
            case BEGINS_WITH -> {
                lower = new Bound(first, true);
                Bytes behind = behindPrefix(first);
                upper = behind == null ? null : new Bound(behind, false);
            }
        }
        return ScanRange.partition(partition, lower, upper, forward, start);
    }

    /** The least bytes above all that begin with {@code prefix}; null if there are none. */
    private static @Nullable Bytes behindPrefix(Bytes prefix) {
        byte[] bytes = prefix.toArray();
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == (byte) 0xFF) {
            end--;
        }
        if (end == 0) {
            return null;
        }
        byte[] next = java.util.Arrays.copyOf(bytes, end);
        next[end - 1]++;
        return Bytes.wrap(next);
    }
}
