package dev.meridian.node.api;

import dev.meridian.node.api.ResourcePolicies.Policy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** GetResourcePolicy. */
final class GetResourcePolicy implements Operation {
    private final ApiContext context;

    GetResourcePolicy(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        return CompletableFuture.completedFuture(context.store().read(view -> {
            Policy policy =
                    ResourcePolicies.of(view, context.ruled(view.catalog(), arn).id());
            if (policy == null) {
                throw ResourcePolicies.notFound(arn);
            }
            return Reply.now(out -> {
                out.writeStringField("Policy", policy.text());
                out.writeStringField("RevisionId", policy.revision());
            });
        }));
    }
}
