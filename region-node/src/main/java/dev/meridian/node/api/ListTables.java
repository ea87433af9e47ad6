package dev.meridian.node.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** ListTables: names in order, a page at a time. */
final class ListTables implements Operation {
    private static final int MAX_LIMIT = 100;

    private final ApiContext context;

    ListTables(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Long asked = request.number("Limit");
        String start = request.text("ExclusiveStartTableName", "");
        int limit = asked == null ? MAX_LIMIT : asked.intValue();
        List<String> behind = context.store().catalog().tables().keySet().stream()
                .filter(name -> name.compareTo(start) > 0)
                .limit(limit + 1L)
                .toList();
        List<String> page = behind.subList(0, Math.min(limit, behind.size()));
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeArrayFieldStart("TableNames");
            for (String name : page) {
                out.writeString(name);
            }
            out.writeEndArray();
            if (behind.size() > limit) {
                out.writeStringField("LastEvaluatedTableName", page.get(page.size() - 1));
            }
        }));
    }
}
