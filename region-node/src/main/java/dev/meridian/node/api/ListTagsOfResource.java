package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * ListTagsOfResource: all at once, for a table has at most fifty, and the service's pages hold as many. Like the service
 * it looks at no {@code NextToken}: it never gave one.
 */
final class ListTagsOfResource implements Operation {
    private final ApiContext context;

    ListTagsOfResource(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        Arn.ofResource(arn);
        return CompletableFuture.completedFuture(context.store().read(view -> {
            TableDescriptor table = context.tagged(view.catalog(), arn);
            SortedMap<String, String> tags = Tags.of(view, table.id());
            return Reply.now(out -> {
                out.writeArrayFieldStart("Tags");
                for (Map.Entry<String, String> tag : tags.entrySet()) {
                    out.writeStartObject();
                    out.writeStringField("Key", tag.getKey());
                    out.writeStringField("Value", tag.getValue());
                    out.writeEndObject();
                }
                out.writeEndArray();
            });
        }));
    }
}
