package dev.meridian.node.api;

import dev.meridian.node.api.ResourcePolicies.Policy;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** PutResourcePolicy. */
final class PutResourcePolicy implements Operation {
    /** Said instead of a revision: there must be no policy yet. */
    private static final String NO_POLICY = "NO_POLICY";

    private final ApiContext context;

    PutResourcePolicy(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        String text = request.requiredText("Policy");
        String expected = request.text("ExpectedRevisionId");
        ResourcePolicies.requireJson(text);
        return context.store().write(view -> {
            TableDescriptor table = context.ruled(view.catalog(), arn);
            Policy old = ResourcePolicies.of(view, table.id());
            String held = old == null ? NO_POLICY : old.revision();
            if (expected != null && !expected.equals(held)) {
                throw ResourcePolicies.notFound(arn);
            }
            ResourcePolicies.put(view, table.id(), text);
            return Reply.later(
                    out -> out.writeStringField("RevisionId", Policy.of(text).revision()));
        });
    }
}
