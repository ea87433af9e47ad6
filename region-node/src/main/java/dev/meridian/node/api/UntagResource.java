package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;

/** UntagResource. */
final class UntagResource implements Operation {
    private final ApiContext context;

    UntagResource(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        List<String> keys = Tags.readKeys(request);
        Arn.ofResource(arn);
        if (keys.isEmpty()) {
            throw ApiException.validation("Atleast one Tag Key needs to be provided as Input.");
        }
        return context.store().write(view -> {
            TableDescriptor table = context.tagged(view.catalog(), arn);
            SortedMap<String, String> tags = Tags.of(view, table.id());
            TableDescriptor changed = TopicTags.without(keys, tags, table);
            tags.keySet().removeAll(keys);
            Tags.store(view, table.id(), tags);
            if (!changed.equals(table)) {
                view.putTable(changed);
            }
            return Reply.WITHOUT_BODY;
        });
    }
}
