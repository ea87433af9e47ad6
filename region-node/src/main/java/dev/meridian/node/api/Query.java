package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyCodec;
import dev.meridian.node.expression.KeyCondition;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Query. */
final class Query implements Operation {
    private final ApiContext context;

    Query(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String expression = request.text("KeyConditionExpression");
        boolean forward = !request.has("ScanIndexForward") || request.flag("ScanIndexForward");
        PageReader page = new PageReader(request, context, expression);
        if (expression == null) {
            throw ApiException.validation(
                    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }
        TableDescriptor table = context.serving(page.tableName);
        KeyCondition condition = KeyCondition.parse(expression, page.placeholders, table.schema());
        page.placeholders.requireAllUsed();
        ItemKey start = Keys.exclusiveStart(page.exclusiveStart, table.schema());
        Bytes partition = KeyCodec.encode(condition.partition());
        if (partition.length() == 0) {
            throw ApiException.validation("One or more parameter values are not valid. The AttributeValue for a key"
                    + " attribute cannot contain an empty string value. Key: "
                    + table.schema().partition().name());
        }
        if (start != null && !start.partition().equals(partition)) {
            throw ApiException.validation(
                    "The provided starting key is outside query boundaries based on provided" + " conditions");
        }
        return CompletableFuture.completedFuture(
                page.read(context, table, range(partition, condition.sort(), forward, start)));
    }

    private static ScanRange range(
            Bytes partition, KeyCondition.@Nullable SortCondition sort, boolean forward, @Nullable ItemKey start) {
        if (sort == null) {
            return ScanRange.partition(partition, null, null, forward, start);
        }
        Bytes first = KeyCodec.encode(sort.first());
        Bound lower = null;
        Bound upper = null;
        switch (sort.comparator()) {
            case EQ -> {
                lower = new Bound(first, true);
                upper = new Bound(first, true);
            }
            case LT -> upper = new Bound(first, false);
            case LE -> upper = new Bound(first, true);
            case GT -> lower = new Bound(first, false);
            case GE -> lower = new Bound(first, true);
            case BETWEEN -> {
                AttributeValue second = sort.second();
                lower = new Bound(first, true);
                upper = second == null ? null : new Bound(KeyCodec.encode(second), true);
            }
            case BEGINS_WITH -> {
                lower = new Bound(first, true);
                upper = behindPrefix(first);
            }
            case NE -> throw new AssertionError(sort);
        }
        return ScanRange.partition(partition, lower, upper, forward, start);
    }

    /** The least bytes above all that begin with {@code prefix}; null if there are none. */
    private static @Nullable Bound behindPrefix(Bytes prefix) {
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
        return new Bound(Bytes.wrap(next), false);
    }
}
