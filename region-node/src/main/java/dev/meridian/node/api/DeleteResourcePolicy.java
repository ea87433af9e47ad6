package dev.meridian.node.api;

import dev.meridian.node.api.ResourcePolicies.Policy;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** DeleteResourcePolicy. Deleting what is not there is no error, unless a revision was expected. */
final class DeleteResourcePolicy implements Operation {
    private final ApiContext context;

    DeleteResourcePolicy(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        String expected = request.text("ExpectedRevisionId");
        return context.store().write(view -> {
            TableDescriptor table = context.ruled(view.catalog(), arn);
            Policy old = ResourcePolicies.of(view, table.id());
            if (expected != null && (old == null || !expected.equals(old.revision()))) {
                throw ResourcePolicies.notFound(arn);
            }
            if (old == null) {
                return Reply.EMPTY;
            }
            ResourcePolicies.forget(view, table.id());
            return Reply.later(out -> out.writeStringField("RevisionId", old.revision()));
        });
    }
}
