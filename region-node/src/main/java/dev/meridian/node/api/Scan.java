package dev.meridian.node.api;

import dev.meridian.model.ItemKey;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Scan. */
final class Scan implements Operation {
    private static final int MAX_SEGMENTS = 1_000_000;

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
        Long segment = request.number("Segment", 0, MAX_SEGMENTS - 1);
        Long total = request.number("TotalSegments", 1, MAX_SEGMENTS);
        PageReader page = new PageReader(request, context, null);
        page.placeholders.requireAllUsed();
        if (segment == null && total != null) {
            throw ApiException.validation(
                    "The Segment parameter is required but was not present in the request when parameter TotalSegments"
                            + " is present");
        }
        if (segment != null && total == null) {
            throw ApiException.validation("The TotalSegments parameter is required but was not present in the request"
                    + " when Segment parameter is present");
        }
        if (segment != null && total != null && segment >= total) {
            throw ApiException.validation("The Segment parameter is zero-based and must be less than parameter"
                    + " TotalSegments: Segment: " + segment + " is not less than TotalSegments: " + total);
        }
        TableDescriptor table = context.serving(page.tableName);
        ItemKey start = Keys.exclusiveStart(page.exclusiveStart, table.schema());
        ScanRange range = segment == null || total == null
                ? ScanRange.table(start)
                : ScanRange.segment(segment.intValue(), total.intValue(), start);
        return CompletableFuture.completedFuture(page.read(context, table, range));
    }
}
