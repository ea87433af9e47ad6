package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.ScanRange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Scan. */
final class Scan implements Operation {
    private static final String MISFIT = Keys.INVALID_START + ": " + Keys.NO_MATCH;

    private final ApiContext context;

    Scan(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        ExpressionParameters expressions = new ExpressionParameters(
                request,
                List.of(ExpressionKind.PROJECTION, ExpressionKind.FILTER),
                List.of("AttributesToGet", "ScanFilter", "ConditionalOperator"));
        Projection projection = AttributeSelection.read(request);
        Condition filter = LegacyConditions.filter(request, "ScanFilter");
        Item exclusiveStart = request.item("ExclusiveStartKey");
        Segments segments = segments(request);
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
        return CompletableFuture.completedFuture(context.store().read(view -> {
            PageReader page = new PageReader(
                    parameters, context.serving(view.catalog(), parameters.tableName()), context.throttle());
            ScanRange range = segments.range(page.start(MISFIT));
            page.requireScalarKeys();
            return page.read(view, range, Long.MAX_VALUE).orElseThrow();
        }));
    }

    private record Segments(int segment, int total) {
        /** @throws ApiException if the page before was one of another segment */
        ScanRange range(@Nullable ItemKey start) {
            if (start != null && ScanRange.segmentOf(KeyHash.of(start.partition()), total) != segment) {
                throw ApiException.validation("The provided starting key is invalid: Invalid ExclusiveStartKey. Please"
                        + " use ExclusiveStartKey with correct Segment. TotalSegments: " + total + " Segment: "
                        + segment);
            }
            return ScanRange.segment(segment, total, start);
        }
    }

    private static Segments segments(RequestReader request) {
        Long segment = request.number("Segment");
        Long total = request.number("TotalSegments");
        if (segment == null && total == null) {
            return new Segments(0, 1);
        }
        if (segment == null) {
            throw ApiException.validation("The Segment parameter is required but was not present in the request when"
                    + " parameter TotalSegments is present");
        }
        if (total == null) {
            throw ApiException.validation("The TotalSegments parameter is required but was not present in the request"
                    + " when Segment parameter is present");
        }
        if (segment >= total) {
            throw ApiException.validation("The Segment parameter is zero-based and must be less than parameter"
                    + " TotalSegments: Segment: " + segment + " is not less than TotalSegments: " + total);
        }
        return new Segments(segment.intValue(), total.intValue());
    }
}
