package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** TagResource. */
final class TagResource implements Operation {
    private final ApiContext context;

    TagResource(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        Map<String, String> tags = Tags.read(request);
        TopicTags topics = TopicTags.read(tags);
        Arn.ofResource(arn);
        if (tags.isEmpty()) {
            throw ApiException.validation("Atleast one Tag needs to be provided as Input.");
        }
        return context.store().write(view -> {
            TableDescriptor table = context.tagged(view.catalog(), arn);
            TableDescriptor changed = topics.changed(table);
            Tags.put(view, table.id(), tags);
            if (!changed.equals(table)) {
                view.putTable(changed);
            }
            return Reply.WITHOUT_BODY;
        });
    }
}
